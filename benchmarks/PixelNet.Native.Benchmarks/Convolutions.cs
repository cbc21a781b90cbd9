using System.Diagnostics;
using System.Globalization;
using System.Text;
using PixelNet.Native.Backends;
using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Sampling;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Benchmarks;

/// <summary>
/// The three passes of VGG16's convolutions, chosen algorithm against the direct sum, in turns: what ConvolutionChoice rests on. GFLOP/s are of the direct
/// sum's operations, for both.
/// </summary>
internal static class Convolutions
{
    private const int Turns = 7;

    public static string Run(int threads)
    {
        var text = new StringBuilder();
        text.AppendLine("| convolution | pass | chosen, ms | GFLOP/s | direct, ms | GFLOP/s | direct / chosen |");
        text.AppendLine("|---|---|---|---|---|---|---|");
        using var chosen = new CpuBackend(threads);
        using var direct = new CpuBackend(threads, exact: true);
        foreach (var sizes in Sizes())
        {
            using var a = new Layer(chosen, sizes);
            using var b = new Layer(direct, sizes);
            foreach (string pass in new[] { "forward", "backward input", "backward weight" })
            {
                List<double> fast = [], slow = [], ratios = [];
                for (int turn = 0; turn < Turns; turn++)
                {
                    double x = a.Time(pass), y = b.Time(pass);
                    if (turn == 0) continue;
                    fast.Add(x);
                    slow.Add(y);
                    ratios.Add(y / x);
                }
                double Rate(List<double> times) => sizes.Flops / Median(times) / 1e6;
                text.AppendLine(CultureInfo.InvariantCulture, $"| {sizes.N}x{sizes.H}x{sizes.W} {sizes.C}->{sizes.K} | {pass} | {Median(fast):F2} | {Rate(fast):F0} | {Median(slow):F2} | {Rate(slow):F0} | {Median(ratios):F2} |");
            }
        }
        return text.ToString();
    }

    // Full-width VGG16 on one image of 480x360, and the quarter-width one on four of 320x240, the training step of preset camvid.
    private static IEnumerable<Conv2dSizes> Sizes()
    {
        foreach (var (images, height, width, multiplier) in new[] { (1, 360, 480, 1.0), (4, 240, 320, 0.25) })
        {
            foreach (var (c, k, stride) in new[] { (64, 64, 1), (64, 128, 2), (128, 128, 2), (128, 256, 4), (256, 256, 4), (256, 512, 8), (512, 512, 8), (512, 512, 16) })
                yield return new Conv2dSizes(images, height / stride, width / stride, (int)(c * multiplier), (int)(k * multiplier), 3, 3, 1, 1);
        }
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private sealed class Layer : IDisposable
    {
        private readonly CpuBackend _backend;
        private readonly Conv2dSizes _sizes;
        private readonly List<Tensor> _tensors = [];
        private readonly Tensor _x, _w, _b, _y, _dy, _dx, _dw, _db;
        private readonly OpMemory _memory;

        public Layer(CpuBackend backend, Conv2dSizes sizes)
        {
            (_backend, _sizes) = (backend, sizes);
            Shape input = new(sizes.N, sizes.H, sizes.W, sizes.C), output = new(sizes.N, sizes.P, sizes.Q, sizes.K), filter = new(sizes.K, 3, 3, sizes.C), bias = new(sizes.K);
            (_x, _w, _b, _dy) = (Random(1, input), Random(2, filter), Random(3, bias), Random(4, output));
            (_y, _dx, _dw, _db) = (Random(5, output), Random(6, input), Random(7, filter), Random(8, bias));
            var request = backend.Describe(sizes);
            Tensor? Bytes(long bytes) => bytes == 0 ? null : Random(9, new Shape(checked((int)(bytes / sizeof(float)))));
            _memory = new OpMemory { Workspace = Bytes(request.WorkspaceBytes), Derived = Bytes(request.DerivedBytes) };
        }

        // As in a training step: the parameters have changed since the last forward pass.
        public double Time(string pass)
        {
            _backend.ParametersChanged();
            long start = Stopwatch.GetTimestamp();
            if (pass == "forward") _backend.Conv2dForward(_y, _x, _w, _b, _sizes, relu: true, _memory);
            else if (pass == "backward input") _backend.Conv2dBackwardInput(_dx, _dy, _w, _x, _sizes, _memory);
            else _backend.Conv2dBackwardWeight(_dw, _db, _dy, _x, _sizes, _memory);
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        public void Dispose()
        {
            foreach (var tensor in _tensors) tensor.Buffer.Dispose();
        }

        private Tensor Random(uint purpose, Shape shape)
        {
            var tensor = Tensor.Allocate(_backend, "random", shape);
            var stream = new PhiloxStream(17, purpose, 0, 0);
            foreach (ref float value in tensor.Span<float>()) value = (float)(2 * stream.NextDouble() - 1);
            _tensors.Add(tensor);
            return tensor;
        }
    }
}
