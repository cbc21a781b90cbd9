using PixelNet.Native.Backends;
using PixelNet.Native.Cuda;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.KernelBench.Measurement;
using PixelNet.Native.Model;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.KernelBench.Rows;

// The head as a step calls it: all layers, loss and gradients of parameters and input. Optimisers over all parameters.
internal sealed partial class BenchRows
{
    private IEnumerable<BenchRow> Heads()
    {
        foreach (var (width, rows, fused) in ((int, int, bool)[])[(4096, 10000, false), (4096, 2000, false), (1024, 10000, false), (256, 10000, false), (256, 10000, true)])
        {
            int hidden = Pick(width, fused ? 32 : 272), m = Pick(rows, 40);
            var config = new PixelNetConfig { Width = tiny ? 1 / 32.0 : 1, Head = [hidden, hidden], Classes = Classes, HeadKernel = HeadKernel.Auto };
            string shape = $"{m} x {config.HypercolumnWidth}-{hidden}-{hidden}-{Classes}";
            string name = $"mlp {width}{(rows == 10000 ? "" : $" of {rows}")}{(fused ? " fused" : "")}";
            // The rungs of single layers have rows of their own.
            KernelPass[] ladder = fused ? [PixelMlpKernels.Forward, PixelMlpKernels.Backward, PixelMlpKernels.BackwardWeight, PixelMlpKernels.BackwardReduce] : [];
            yield return new($"{name} forward", shape, ladder, (memory, backend) => Head(memory, backend, config, m, backward: false)) { HasProducts = !fused };
            yield return new($"{name} forward+backward", shape, ladder, (memory, backend) => Head(memory, backend, config, m, backward: true)) { HasProducts = !fused };
        }
    }

    private IEnumerable<BenchRow> Optimizers()
    {
        int count = Pick(37_600_000, 5000);
        ParameterSegment[] segments = [new(0, count / 2, 1, 1), new(count / 2, count - count / 2, 2, 0)];
        yield return new("sgd", $"{count} parameters", [SgdMomentumKernels.Update], (memory, backend) =>
        {
            var (w, velocity, g, state) = (memory.State("w", new Shape(count)), memory.State("velocity", new Shape(count)), memory.Normal("g", new Shape(count), 1e-2), StepState(memory));
            return (() => backend.SgdMomentumUpdate(w, velocity, g, segments, new SgdMomentumOptions(0.9f, 5e-4f), state), new Work(6.0 * count, 20.0 * count));
        });
        yield return new("adam", $"{count} parameters", [AdamKernels.Update], (memory, backend) =>
        {
            var (w, m, v, g, state) = (memory.State("w", new Shape(count)), memory.State("m", new Shape(count)), memory.State("v", new Shape(count)), memory.Normal("g", new Shape(count), 1e-2), StepState(memory));
            return (() => backend.AdamUpdate(w, m, v, g, segments, new AdamOptions(0.9f, 0.999f, 1e-8f, 0), state), new Work(14.0 * count, 28.0 * count));
        });
    }

    private static (Action, Work) Head(RowMemory memory, CudaBackend backend, PixelNetConfig config, int m, bool backward)
    {
        // The layers' own plan: parameters, gradients, activations and a workspace, in one set.
        var plan = new MemoryPlan();
        var parameters = new ModelParameters(config, plan, gradients: true);
        Shape columns = new(m, config.HypercolumnWidth);
        var x = memory.Rectified("x", columns);
        var dX = backward ? memory.Output("dX", columns) : null;
        var random = new Random(3);
        var targets = memory.Ints("targets", [.. Enumerable.Range(0, m).Select(_ => random.Next(Classes))]);
        var state = StepState(memory);
        var head = new PixelHead(plan, parameters, x, dX, targets, ModelMode.Training);
        var requests = head.Ops.Select(op => op.Describe(backend)).ToArray();
        var workspace = memory.Scratch("workspace", requests.Max(request => request.WorkspaceBytes));
        foreach (var (op, request) in head.Ops.Zip(requests)) op.Memory = new OpMemory { Workspace = workspace, Derived = memory.Scratch($"{op.Name} derived", request.DerivedBytes) };
        plan.Allocate(backend);
        memory.Own(plan);
        foreach (var weight in parameters.All.Where(parameter => parameter is { InHead: true, Role: ParameterRole.Weight })) memory.FillNormal(weight.Value, Math.Sqrt(2.0 / weight.FanIn));
        backend.ParametersChanged();
        memory.OnReset(() => backend.Fill(parameters.Gradients!, 0));
        memory.Watch(head.Probabilities, head.Loss);
        if (backward) memory.Watch([.. parameters.All.Where(parameter => parameter.InHead).Select(parameter => parameter.Gradient!)]);
        double flop = (backward ? 3.0 : 1.0) * Enumerable.Range(0, config.Head.Count + 1).Sum(i => new PixelMlpSizes(m, config.HypercolumnWidth, config.Head, Classes).Layer(i).Flops);
        double weights = parameters.All.Where(parameter => parameter.InHead).Sum(parameter => 4.0 * parameter.Value.Count), hidden = config.Head.Sum(width => 4.0 * m * width);
        double bytes = weights + x.ByteLength + 2 * hidden + (backward ? 3 * weights + 2.0 * x.ByteLength + 4 * hidden : 0);
        return (() =>
        {
            head.Forward(backend, state);
            if (backward) head.Backward(backend);
        }, new Work(flop, bytes));
    }

    private static Tensor StepState(RowMemory memory)
    {
        var state = new StepState { Seed = 1, Step = 1, LearningRate = 1e-6f, AdamCorrection1 = 0.1f, AdamCorrection2 = 0.001f };
        return memory.Bytes8("step", System.Runtime.InteropServices.MemoryMarshal.AsBytes(new ReadOnlySpan<StepState>(in state)).ToArray());
    }
}
