using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Cpu;

// Conv2d: y[n,p,q,k] = relu?(b[k] + sum over r,s,c of x[n,p+r-PadH,q+s-PadW,c] * w[k,r,s,c]), and its two gradients.
// Forward and input gradient pack the filters and run Correlation; the weight gradient runs WeightGradient. Dense layers share them (CpuBackend.Linear.cs).
// 3x3 filters take the way of Winograd/ where that is faster (ConvolutionChoice).
public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public OpMemoryRequest Describe(in Conv2dSizes sizes)
    {
        var input = Correlation.InputGradientSizes(sizes);
        long forward = WorkspaceBytes(sizes, derived: true), derived = 0;
        if (_choice.ForCorrelation(sizes) is { } transform) derived = WinogradCorrelation.Plan(sizes, _kernel, transform).FilterFloats * sizeof(float);
        return new(Math.Max(WeightWorkspaceBytes(sizes), Math.Max(forward, WorkspaceBytes(input, derived: false))), derived, forward);
    }

    /// <inheritdoc/>
    public OpMemoryRequest Describe(in Conv2dSizes rows, in Conv2dSizes whole)
    {
        if (_choice.ForCorrelation(whole) is not { } transform) return new(WorkspaceBytes(Correlation.Plan(rows, _kernel)), 0);
        var plan = WinogradCorrelation.Plan(rows, _kernel, transform);
        return new(WorkspaceBytes(plan, derived: true), plan.FilterFloats * sizeof(float))
        {
            BareBytes = WorkspaceBytes(WinogradCorrelation.Plan(rows, _kernel, transform, inParts: true), derived: false),
        };
    }

    /// <inheritdoc/>
    public void Conv2dForward(Tensor y, Tensor x, Tensor w, Tensor? b, in Conv2dSizes sizes, bool relu, OpMemory memory) =>
        Convolve(y, x, w, sizes, flip: false, new Epilogue { Bias = Floats(b, sizes.K, optional: true), Relu = relu }, memory);

    /// <inheritdoc/>
    public void Conv2dBackwardInput(Tensor dx, Tensor dy, Tensor w, Tensor? activation, in Conv2dSizes sizes, OpMemory memory) =>
        Convolve(dx, dy, w, sizes, flip: true, new Epilogue { Activation = Floats(activation, dx.Count, optional: true), Scale = 1 }, memory);

    /// <inheritdoc/>
    public void Conv2dBackwardWeight(Tensor dw, Tensor? db, Tensor dy, Tensor x, in Conv2dSizes sizes, OpMemory memory)
    {
        if (_choice.ForWeightGradient(sizes) is { } transform)
        {
            WinogradBackwardWeight(dw, db, dy, x, sizes, transform, memory);
            return;
        }
        if (TakesDenseWeightGradient(sizes))
        {
            DenseBackwardWeight(dw, db, dy, x, new LinearSizes(sizes.N * sizes.P * sizes.Q, sizes.C, sizes.K), memory);
            return;
        }
        var plan = WeightGradient.Plan(sizes, _kernel);
        plan.X = Floats(x, (long)sizes.N * sizes.H * sizes.W * sizes.C);
        plan.DY = Floats(dy, (long)sizes.N * sizes.P * sizes.Q * sizes.K);
        plan.DW = Floats(dw, (long)sizes.K * sizes.R * sizes.S * sizes.C);
        plan.DB = Floats(db, sizes.K, optional: true);
        plan.Partial = (float*)Workspace(memory, WorkspaceBytes(plan));
        plan.Scratch = plan.Partial + plan.PartialFloats;
        _pool.Run(&WeightGradient.RunPartial, &plan, plan.PartialTasks);
        _pool.Run(&WeightGradient.RunReduce, &plan, plan.ReduceTasks);
    }

    private void Convolve(Tensor y, Tensor x, Tensor w, in Conv2dSizes layer, bool flip, in Epilogue epilogue, OpMemory memory)
    {
        if (_choice.ForCorrelation(flip ? Correlation.InputGradientSizes(layer) : memory.Whole ?? layer) is { } transform) WinogradCorrelate(y, x, w, layer, flip, epilogue, transform, memory);
        else Correlate(y, x, w, layer, flip, epilogue, memory);
    }

    /// <summary>
    /// Packs the filters of a layer and runs the product: its forward (x is the input), or, flipped, its input gradient (x is dy, y is dx).
    /// </summary>
    private void Correlate(Tensor y, Tensor x, Tensor w, in Conv2dSizes layer, bool flip, in Epilogue epilogue, OpMemory memory)
    {
        var sizes = flip ? Correlation.InputGradientSizes(layer) : layer;
        var plan = Correlation.Plan(sizes, _kernel);
        plan.X = Floats(x, (long)sizes.N * sizes.H * sizes.W * sizes.C);
        plan.Y = Floats(y, (long)sizes.N * sizes.P * sizes.Q * sizes.K);
        plan.Packed = (float*)Workspace(memory, WorkspaceBytes(plan));
        plan.Scratch = plan.Packed + plan.PackedFloats;
        plan.Epilogue = epilogue;
        bool keep = !flip && KeepsPacked(memory, plan.PackedFloats);
        if (keep) plan.Packed = (float*)Bytes(memory.Derived!);
        if (!keep || memory.DerivedVersion != _parameterVersion) Pack(plan.Packed, Floats(w, (long)layer.K * layer.R * layer.S * layer.C), layer, flip);
        if (keep) memory.DerivedVersion = _parameterVersion;
        _pool.Run(&Correlation.Run, &plan, plan.Tasks);
    }

    /// <summary>Whether the op was given room for packed weights that stay from call to call (<see cref="OpMemoryRequest.PackedBytes"/>).</summary>
    private static bool KeepsPacked(OpMemory memory, long floats) => memory.Derived is { } derived && derived.ByteLength >= floats * sizeof(float);

    private void Pack(float* packed, float* w, in Conv2dSizes layer, bool flip)
    {
        var job = new FilterPacking { Sizes = layer, Kernel = _kernel, W = w, Packed = packed };
        if (flip) _pool.Run(&FilterPacking.Flipped, &job, _kernel.PanelCount(layer.C));
        else _pool.Run(&FilterPacking.Forward, &job, _kernel.PanelCount(layer.K));
    }

    private long WorkspaceBytes(in Correlation plan) => (plan.PackedFloats + _pool.Threads * plan.ScratchFloats) * sizeof(float);

    private long WorkspaceBytes(in WeightGradient plan) => (plan.PartialFloats + _pool.Threads * plan.ScratchFloats) * sizeof(float);
}
