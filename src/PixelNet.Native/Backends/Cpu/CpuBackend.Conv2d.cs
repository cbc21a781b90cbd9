using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Cpu;

// Conv2d: y[n,p,q,k] = relu?(b[k] + sum over r,s,c of x[n,p+r-PadH,q+s-PadW,c] * w[k,r,s,c]), and its two gradients.
// Forward and input gradient pack the filters and run Correlation; the weight gradient runs WeightGradient. Dense layers share both.
public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public OpMemoryRequest Describe(in Conv2dSizes sizes)
    {
        var forward = Correlation.Plan(sizes, _kernel);
        var input = Correlation.Plan(Correlation.InputGradientSizes(sizes), _kernel);
        var weight = WeightGradient.Plan(sizes, _kernel);
        return new(Math.Max(WorkspaceBytes(weight), Math.Max(WorkspaceBytes(forward), WorkspaceBytes(input))), 0);
    }

    /// <inheritdoc/>
    public void Conv2dForward(Tensor y, Tensor x, Tensor w, Tensor? b, in Conv2dSizes sizes, bool relu, OpMemory memory) =>
        Correlate(y, x, w, sizes, flip: false, new Epilogue { Bias = Floats(b, sizes.K, optional: true), Relu = relu }, memory);

    /// <inheritdoc/>
    public void Conv2dBackwardInput(Tensor dx, Tensor dy, Tensor w, Tensor? activation, in Conv2dSizes sizes, OpMemory memory) =>
        Correlate(dx, dy, w, sizes, flip: true, new Epilogue { Activation = Floats(activation, dx.Count, optional: true), Scale = 1 }, memory);

    /// <inheritdoc/>
    public void Conv2dBackwardWeight(Tensor dw, Tensor? db, Tensor dy, Tensor x, in Conv2dSizes sizes, OpMemory memory)
    {
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
        Pack(plan.Packed, Floats(w, (long)layer.K * layer.R * layer.S * layer.C), layer, flip);
        _pool.Run(&Correlation.Run, &plan, plan.Tasks);
    }

    private void Pack(float* packed, float* w, in Conv2dSizes layer, bool flip)
    {
        var job = new FilterPacking { Sizes = layer, Kernel = _kernel, W = w, Packed = packed };
        if (flip) _pool.Run(&FilterPacking.Flipped, &job, _kernel.PanelCount(layer.C));
        else _pool.Run(&FilterPacking.Forward, &job, _kernel.PanelCount(layer.K));
    }

    private long WorkspaceBytes(in Correlation plan) => (plan.PackedFloats + _pool.Threads * plan.ScratchFloats) * sizeof(float);

    private long WorkspaceBytes(in WeightGradient plan) => (plan.PartialFloats + _pool.Threads * plan.ScratchFloats) * sizeof(float);
}
