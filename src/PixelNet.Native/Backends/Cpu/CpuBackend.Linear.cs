using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Cpu;

// Linear: y [M,Out] = dropout(relu(x [M,In] w^T + b)); dx = dy w, masked; dw += dy^T x. A dense layer is a 1x1 convolution of M
// pixels, so it runs on the drivers of CpuBackend.Conv2d.cs; the epilogue works on the tile while it is in the L1 cache.
public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public OpMemoryRequest Describe(in LinearSizes sizes) => Describe(Correlation.DenseSizes(sizes));

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
