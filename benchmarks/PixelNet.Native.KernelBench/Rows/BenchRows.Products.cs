using PixelNet.Native.Backends;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.KernelBench.Measurement;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.KernelBench.Rows;

// Convolutions of VGG16 at 5 x 224 x 224, and the head's dense layers.
internal sealed partial class BenchRows
{
    private IEnumerable<BenchRow> Convolutions()
    {
        foreach (var (name, size, c, k) in ((string, int, int, int)[])[("conv1_2", 224, 64, 64), ("conv3_2", 56, 256, 256), ("conv5_2", 14, 512, 512)])
        {
            var s = new Conv2dSizes(Pick(5, 2), Pick(size, 8), Pick(size, 9), Pick(c, c / 16), Pick(k, k / 8), 3, 3, 1, 1);
            string shape = $"{s.N}x{s.H}x{s.W}x{s.C} -> {s.K}, 3x3";
            string? Wide(KernelPass pass, int channels) => channels > Conv2dKernels.FewChannels ? $"{pass.Name}_v3" : null;
            Shape x = new(s.N, s.H, s.W, s.C), y = new(s.N, s.P, s.Q, s.K), w = new(s.K, s.R, s.S, s.C), b = new(s.K);
            double scale = 1 / Math.Sqrt(9.0 * s.C), bytes = 4.0 * (x.Count + y.Count + w.Count);
            yield return new($"{name} forward", shape, [Conv2dKernels.Forward], (memory, backend) =>
            {
                var (input, filters, bias, output, op) = (memory.Rectified("x", x), memory.Normal("w", w, scale), memory.Normal("b", b), memory.Output("y", y), OpMemory(memory, backend.Describe(s)));
                return (() => backend.Conv2dForward(output, input, filters, bias, s, relu: true, op), new Work(s.Flops, bytes));
            }) { HasConvolution = true, DefaultKernel = Wide(Conv2dKernels.Forward, s.K) };
            yield return new($"{name} backward input", shape, [Conv2dKernels.BackwardInput], (memory, backend) =>
            {
                var (gradient, filters, output, op) = (memory.Normal("dy", y), memory.Normal("w", w, scale), memory.Output("dx", x), OpMemory(memory, backend.Describe(s)));
                return (() => backend.Conv2dBackwardInput(output, gradient, filters, null, s, op), new Work(s.Flops, bytes));
            }) { HasConvolution = true, DefaultKernel = Wide(Conv2dKernels.BackwardInput, s.C) };
            yield return new($"{name} backward weight", shape, [Conv2dKernels.BackwardWeight, Conv2dKernels.BackwardBias, Conv2dKernels.BackwardSum], (memory, backend) =>
            {
                var (gradient, input, op) = (memory.Normal("dy", y, 1e-2), memory.Rectified("x", x), OpMemory(memory, backend.Describe(s)));
                var (dw, db) = (memory.Accumulated("dw", w), memory.Accumulated("db", b));
                return (() => backend.Conv2dBackwardWeight(dw, db, gradient, input, s, op), new Work(s.Flops, bytes + 4.0 * w.Count));
            }) { HasConvolution = true, DefaultKernel = Wide(Conv2dKernels.BackwardWeight, s.K) };
        }
    }

    private IEnumerable<BenchRow> Products()
    {
        foreach (var (rows, into, outOf) in ((int, int, int)[])[(10000, 1472, 4096), (10000, 4096, 4096)])
        {
            var s = new LinearSizes(Pick(rows, 70), Pick(into, into / 32), Pick(outOf, 80));
            string shape = $"{s.M} x {s.In} -> {s.Out}";
            Shape x = new(s.M, s.In), y = new(s.M, s.Out), w = new(s.Out, s.In), b = new(s.Out);
            double scale = 1 / Math.Sqrt(s.In), bytes = 4.0 * (x.Count + y.Count + w.Count);
            string name = $"linear {into}-{outOf}";
            string? Wide(KernelPass pass, int rowsOut, int columns) => LinearKernels.IsWide(rowsOut, columns) ? $"{pass.Name}_v9" : null;
            yield return new($"{name} forward", shape, [LinearKernels.Forward], (memory, backend) =>
            {
                var (input, weights, bias, output, op) = (memory.Rectified("x", x), memory.Normal("w", w, scale), memory.Normal("b", b), memory.Output("y", y), OpMemory(memory, backend.Describe(s)));
                return (() => backend.LinearForward(output, input, weights, bias, s, new LinearEpilogue(Relu: true), null, op), new Work(s.Flops, bytes));
            }) { HasProducts = true, DefaultKernel = Wide(LinearKernels.Forward, s.M, s.Out) };
            yield return new($"{name} backward input", shape, [LinearKernels.BackwardInput], (memory, backend) =>
            {
                var (gradient, weights, output, op) = (memory.Normal("dy", y), memory.Normal("w", w, scale), memory.Output("dx", x), OpMemory(memory, backend.Describe(s)));
                return (() => backend.LinearBackwardInput(output, gradient, weights, null, 0, s, op), new Work(s.Flops, bytes));
            }) { HasProducts = true, DefaultKernel = Wide(LinearKernels.BackwardInput, s.M, s.In) };
            yield return new($"{name} backward weight", shape, [LinearKernels.BackwardWeight, LinearKernels.BackwardBias, LinearKernels.BackwardSum], (memory, backend) =>
            {
                var (gradient, input, op) = (memory.Normal("dy", y, 1e-2), memory.Rectified("x", x), OpMemory(memory, backend.Describe(s)));
                var (dw, db) = (memory.Accumulated("dw", w), memory.Accumulated("db", b));
                return (() => backend.LinearBackwardWeight(dw, db, gradient, input, s, op), new Work(s.Flops, bytes + 4.0 * w.Count));
            }) { HasProducts = true, DefaultKernel = Wide(LinearKernels.BackwardWeight, s.Out, s.In) };
        }
    }

    private static OpMemory OpMemory(RowMemory memory, OpMemoryRequest request) =>
        new() { Workspace = memory.Scratch("workspace", request.WorkspaceBytes), Derived = memory.Scratch("derived", request.DerivedBytes) };
}
