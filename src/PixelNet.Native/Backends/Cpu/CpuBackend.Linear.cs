using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Cpu;

// Linear: y [M,Out] = dropout(relu(x [M,In] w^T + b)); dx = dy w, masked; dw += dy^T x. A dense layer is a 1x1 convolution of M
// pixels, so it runs on the drivers of CpuBackend.Conv2d.cs; the epilogue works on the tile while it is in the L1 cache. All three
// products of a wide layer are Correlation's; the weight gradient of a narrow one is WeightGradient's, since packing x would cost too much.
public sealed unsafe partial class CpuBackend
{
    private const int MinDenseGradientColumns = 128;

    // So much of x is packed at a time.
    private const int DenseGradientRows = 2048;

    /// <inheritdoc/>
    public OpMemoryRequest Describe(in LinearSizes sizes) =>
        Describe(Correlation.DenseSizes(sizes)) with { PackedBytes = Correlation.Plan(Correlation.DenseSizes(sizes), _kernel).PackedFloats * sizeof(float) };

    /// <inheritdoc/>
    public void LinearForward(Tensor y, Tensor x, Tensor w, Tensor? b, in LinearSizes sizes, in LinearEpilogue epilogue, Tensor? stepState, OpMemory memory) =>
        Correlate(y, x, w, Correlation.DenseSizes(sizes), flip: false,
            DenseEpilogue(Floats(b, sizes.Out, optional: true), epilogue, stepState), memory);

    /// <inheritdoc/>
    public void LinearBackwardInput(Tensor dx, Tensor dy, Tensor w, Tensor? activation, float inputDropout, in LinearSizes sizes, OpMemory memory) =>
        Correlate(dx, dy, w, Correlation.DenseSizes(sizes), flip: true,
            new Epilogue { Activation = Floats(activation, dx.Count, optional: true), Scale = 1 / (1 - inputDropout) }, memory);

    /// <inheritdoc/>
    public void LinearBackwardWeight(Tensor dw, Tensor? db, Tensor dy, Tensor x, in LinearSizes sizes, OpMemory memory) =>
        Conv2dBackwardWeight(dw, db, dy, x, Correlation.DenseSizes(sizes), memory);

    private static bool TakesDenseWeightGradient(in Conv2dSizes sizes) =>
        sizes is { R: 1, S: 1, PadH: 0, PadW: 0 } && Math.Min(sizes.C, sizes.K) >= MinDenseGradientColumns;

    private void DenseBackwardWeight(Tensor dw, Tensor? db, Tensor dy, Tensor x, in LinearSizes sizes, OpMemory memory)
    {
        float* from = Floats(x, (long)sizes.M * sizes.In), gradient = Floats(dy, (long)sizes.M * sizes.Out);
        float* packed = (float*)Workspace(memory, DenseWeightWorkspaceBytes(sizes));
        for (int row = 0; row < sizes.M; row += DenseGradientRows)
        {
            int rows = Math.Min(DenseGradientRows, sizes.M - row);
            Pack(packed, from + (long)row * sizes.In, new Conv2dSizes(1, 1, 1, sizes.In, rows, 1, 1, 0, 0), flip: true);
            var plan = Correlation.PlanWeightGradient(sizes, rows, _kernel);
            plan.X = gradient + (long)row * sizes.Out;
            plan.Y = Floats(dw, (long)sizes.Out * sizes.In);
            plan.DB = Floats(db, sizes.Out, optional: true);
            plan.Packed = packed;
            plan.Scratch = packed + plan.PackedFloats;
            plan.Epilogue = new Epilogue { Accumulate = true };
            _pool.Run(&Correlation.Run, &plan, plan.Tasks);
        }
    }

    private long DenseWeightWorkspaceBytes(in LinearSizes sizes) =>
        WorkspaceBytes(Correlation.PlanWeightGradient(sizes, Math.Min(sizes.M, DenseGradientRows), _kernel));

    private static Epilogue DenseEpilogue(float* bias, in LinearEpilogue epilogue, Tensor? stepState)
    {
        var result = new Epilogue { Bias = bias, Relu = epilogue.Relu, Scale = 1 / (1 - epilogue.Dropout), Stream = epilogue.Stream };
        if (epilogue.Dropout > 0)
        {
            var state = (StepState*)Bytes(stepState ?? throw new ArgumentException("dropout needs the step state"));
            result.DropThreshold = Philox.DropoutThreshold(epilogue.Dropout);
            result.Seed = state->Seed;
            result.Step = state->Step;
        }
        return result;
    }
}
