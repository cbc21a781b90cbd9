using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Cpu;

// Conv2d by Winograd/: the same three passes. The forward's transformed filters are derived weights, made anew when the parameters have changed; where
// the plan gave no memory for them they lie in the workspace for one call, a part at a time. The input gradient's do so as a whole, since each training
// step changes them anyway.
public sealed unsafe partial class CpuBackend
{
    private void WinogradCorrelate(Tensor y, Tensor x, Tensor w, in Conv2dSizes layer, bool flip, in Epilogue epilogue, in WinogradKernel transform, OpMemory memory)
    {
        var sizes = flip ? Correlation.InputGradientSizes(layer) : layer;
        bool kept = !flip && memory.Derived is not null;
        var plan = WinogradCorrelation.Plan(sizes, _kernel, transform, inParts: !flip && !kept);
        plan.X = Floats(x, (long)sizes.N * sizes.H * sizes.W * sizes.C);
        plan.Y = Floats(y, (long)sizes.N * sizes.P * sizes.Q * sizes.K);
        plan.Epilogue = epilogue;
        plan.Scratch = (float*)Workspace(memory, WorkspaceBytes(plan, derived: kept));
        plan.U = kept ? Derived(memory, plan.FilterFloats) : plan.Scratch + _pool.Threads * ScratchFloats(plan);
        var filters = new WinogradFilters
        {
            Sizes = layer, Kernel = _kernel, Transform = transform, W = Floats(w, (long)layer.K * 9 * layer.C), U = plan.U, Scratch = plan.Scratch,
        };
        for (int panels = _kernel.PanelCount(sizes.K); plan.FirstPanel < panels; plan.FirstPanel += plan.PanelsOfPart)
        {
            plan.Panels = Math.Min(plan.PanelsOfPart, panels - plan.FirstPanel);
            (filters.FirstPanel, filters.Panels) = (plan.FirstPanel, plan.Panels);
            if (flip) _pool.Run(&WinogradFilters.RunFlipped, &filters, plan.Panels);
            else if (!kept || memory.DerivedVersion != _parameterVersion) _pool.Run(&WinogradFilters.RunForward, &filters, plan.Panels);
            _pool.Run(&WinogradCorrelation.Run, &plan, plan.Tasks);
        }
        if (kept) memory.DerivedVersion = _parameterVersion;
    }

    private void WinogradBackwardWeight(Tensor dw, Tensor? db, Tensor dy, Tensor x, in Conv2dSizes sizes, in WinogradKernel transform, OpMemory memory)
    {
        var plan = WinogradWeightGradient.Plan(sizes, _kernel, transform);
        plan.X = Floats(x, (long)sizes.N * sizes.H * sizes.W * sizes.C);
        plan.DY = Floats(dy, (long)sizes.N * sizes.P * sizes.Q * sizes.K);
        plan.DW = Floats(dw, (long)sizes.K * 9 * sizes.C);
        plan.DB = Floats(db, sizes.K, optional: true);
        plan.Shared = (float*)Workspace(memory, WeightWorkspaceBytes(sizes));
        plan.Scratch = plan.Shared + plan.SharedFloats;
        for (plan.Block = 0; plan.Block < plan.Blocks; plan.Block++)
        {
            _pool.Run(&WinogradWeightGradient.RunTransform, &plan, plan.TransformTasks);
            _pool.Run(&WinogradWeightGradient.RunProduct, &plan, plan.ProductTasks);
        }
        _pool.Run(&WinogradWeightGradient.RunReduce, &plan, plan.ReduceTasks);
    }

    private long WorkspaceBytes(in Conv2dSizes correlation, bool derived) => _choice.ForCorrelation(correlation) is { } transform
        ? WorkspaceBytes(WinogradCorrelation.Plan(correlation, _kernel, transform), derived)
        : WorkspaceBytes(Correlation.Plan(correlation, _kernel));

    private long WorkspaceBytes(in WinogradCorrelation plan, bool derived) =>
        (_pool.Threads * ScratchFloats(plan) + (derived ? 0 : plan.FilterFloats)) * sizeof(float);

    private static long ScratchFloats(in WinogradCorrelation plan) => Math.Max(plan.ScratchFloats, WinogradFilters.ScratchFloats(plan.Kernel, plan.Transform));

    private long WeightWorkspaceBytes(in Conv2dSizes sizes)
    {
        if (TakesDenseWeightGradient(sizes)) return DenseWeightWorkspaceBytes(new LinearSizes(sizes.N * sizes.P * sizes.Q, sizes.C, sizes.K));
        if (_choice.ForWeightGradient(sizes) is not { } transform) return WorkspaceBytes(WeightGradient.Plan(sizes, _kernel));
        var plan = WinogradWeightGradient.Plan(sizes, _kernel, transform);
        return (plan.SharedFloats + _pool.Threads * plan.ScratchFloats) * sizeof(float);
    }

    private static float* Derived(OpMemory memory, long floats) => memory.Derived is { } derived && derived.ByteLength >= floats * sizeof(float)
        ? (float*)Bytes(derived)
        : throw new ArgumentException($"the op needs {floats * sizeof(float)} bytes of derived weights, as Describe said, and got {memory.Derived?.ByteLength ?? 0}");
}
