using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Sampling;
using PixelNet.Native.Tensors;
using Xunit;

namespace PixelNet.Native.Backends.Tests.Cpu;

/// <summary>
/// The products of every instruction-set level, in one process: levels that the machine lacks are emulated. Truth = the formula in double.
/// Tiles are 14 or 6 rows by 32 ... 1 columns, so the sizes straddle them; buffers start as NaN, so nothing may be left unwritten
/// or read from outside.
/// </summary>
public sealed class KernelLevelTests
{
    public static TheoryData<string> Levels => [.. MicroKernel.Levels];

    private static readonly Conv2dSizes[] Convolutions =
    [
        new(2, 9, 11, 3, 16, 3, 3, 1, 1),
        new(1, 5, 7, 16, 17, 3, 3, 1, 1),
        new(2, 13, 6, 33, 65, 3, 3, 1, 1),
        new(1, 4, 4, 5, 7, 7, 7, 3, 3),
        new(1, 6, 5, 19, 50, 1, 1, 0, 0),
        new(2, 7, 9, 8, 31, 2, 3, 0, 1),
        new(1, 4, 5, 6, 9, 1, 1, 1, 1),
        new(1, 1, 1, 8, 8, 3, 3, 1, 1),
        new(1, 29, 1, 1300, 40, 1, 1, 0, 0), // depth in pieces, copied piece by piece
        new(1, 2051, 1, 129, 131, 1, 1, 0, 0), // the weight gradient by packed rows of x, in pieces and a rest
        new(3, 5, 4, 130, 128, 1, 1, 0, 0), // the same of images
        new(1, 3, 2, 300, 34, 5, 5, 2, 2), // depth in pieces of filter rows
        new(2, 12, 16, 16, 16, 3, 3, 1, 1), // Winograd, whole tiles
        new(2, 13, 15, 40, 50, 3, 3, 1, 1), // Winograd, tiles over the edge, registers that overlap
        new(1, 9, 10, 17, 33, 3, 3, 0, 0), // Winograd without padding
        new(1, 6, 7, 24, 16, 3, 3, 2, 2), // Winograd, padded beyond the filter's centre
        new(1, 25, 31, 256, 40, 3, 3, 1, 1), // Winograd, rows of V that are spread over the cache
        new(1, 5, 7, 256, 720, 3, 3, 1, 1), // Winograd, filters that are transformed in parts
        new(3, 2, 2, 33, 34, 3, 3, 1, 1), // small tiles
    ];

    [Theory]
    [MemberData(nameof(Levels))]
    public void Convolution_and_both_gradients_equal_the_formula(string level)
    {
        using var backend = new CpuBackend(2, level);
        foreach (var sizes in Convolutions) Check(backend, sizes, level);
    }

    private static void Check(CpuBackend backend, Conv2dSizes s, string level)
    {
        var x = Random(backend, 1, new Shape(s.N, s.H, s.W, s.C));
        var w = Random(backend, 2, new Shape(s.K, s.R, s.S, s.C));
        var b = Random(backend, 3, new Shape(s.K));
        var dy = Random(backend, 4, new Shape(s.N, s.P, s.Q, s.K));
        Tensor y = Poisoned(backend, dy.Shape), dx = Poisoned(backend, x.Shape), dw = Random(backend, 5, w.Shape), db = Random(backend, 6, b.Shape);
        var request = backend.Describe(s);
        var workspace = Poisoned(backend, new Shape((int)(request.WorkspaceBytes / sizeof(float))));
        var derived = Poisoned(backend, new Shape((int)(request.DerivedBytes / sizeof(float)) + 1));
        var memory = new OpMemory { Workspace = workspace, Derived = derived };

        var expected = new Expected(s, x.Span<float>(), w.Span<float>(), b.Span<float>(), dy.Span<float>(), dw.Span<float>(), db.Span<float>());
        backend.Conv2dForward(y, x, w, b, s, relu: true, memory);
        // Without memory for derived weights they are made in the workspace, and the bytes are the same.
        var again = Poisoned(backend, y.Shape);
        var larger = Poisoned(backend, new Shape((int)(Math.Max(request.ForwardOnly.WorkspaceBytes, backend.Describe(s, s).BareBytes) / sizeof(float))));
        backend.Conv2dForward(again, x, w, b, s, relu: true, new OpMemory { Workspace = larger });
        Assert.Equal(y.Span<float>().ToArray(), again.Span<float>().ToArray());
        backend.Conv2dBackwardInput(dx, dy, w, x, s, memory);
        backend.Conv2dBackwardWeight(dw, db, dy, x, s, memory);

        AssertClose(expected.Y, y, level, s, "y");
        AssertClose(expected.DX, dx, level, s, "dx");
        AssertClose(expected.DW, dw, level, s, "dw");
        AssertClose(expected.DB, db, level, s, "db");
        foreach (var tensor in (Tensor[])[x, w, b, dy, y, dx, dw, db, workspace, derived, again, larger]) tensor.Buffer.Dispose();
    }

    private static void AssertClose(double[] expected, Tensor actual, string level, Conv2dSizes sizes, string name)
    {
        double error = 0, norm = 0;
        var values = actual.Span<float>();
        for (int i = 0; i < expected.Length; i++)
        {
            error += (values[i] - expected[i]) * (values[i] - expected[i]);
            norm += expected[i] * expected[i];
        }
        double relative = Math.Sqrt(error / Math.Max(norm, 1e-30));
        Assert.True(relative < 5e-6, $"{level} {sizes}: {name} is off by {relative:E1} of its norm");
    }

    private static Tensor Random(CpuBackend backend, uint purpose, Shape shape)
    {
        var tensor = Tensor.Allocate(backend, "random", shape);
        var stream = new PhiloxStream(17, purpose, 0, 0);
        foreach (ref float value in tensor.Span<float>()) value = (float)(2 * stream.NextDouble() - 1);
        return tensor;
    }

    private static Tensor Poisoned(CpuBackend backend, Shape shape)
    {
        var tensor = Tensor.Allocate(backend, "poisoned", shape);
        tensor.Span<float>().Fill(float.NaN);
        return tensor;
    }

    /// <summary>The formula of IBackend, in double; dx masked by x > 0, parameter gradients added to what was there.</summary>
    private sealed class Expected
    {
        public Expected(Conv2dSizes s, ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<float> b, ReadOnlySpan<float> dy,
            ReadOnlySpan<float> dw, ReadOnlySpan<float> db)
        {
            (Y, DX, DW, DB) = (new double[dy.Length], new double[x.Length], new double[w.Length], new double[b.Length]);
            for (int i = 0; i < dw.Length; i++) DW[i] = dw[i];
            for (int i = 0; i < db.Length; i++) DB[i] = db[i];
            for (int o = 0; o < dy.Length; o++)
            {
                int k = o % s.K, q = o / s.K % s.Q, p = o / s.K / s.Q % s.P, n = o / s.K / s.Q / s.P;
                double sum = b[k];
                DB[k] += dy[o];
                for (int r = 0; r < s.R; r++)
                    for (int t = 0; t < s.S; t++)
                    {
                        int row = p + r - s.PadH, column = q + t - s.PadW;
                        if ((uint)row >= (uint)s.H || (uint)column >= (uint)s.W) continue;
                        int xi = ((n * s.H + row) * s.W + column) * s.C, wi = ((k * s.R + r) * s.S + t) * s.C;
                        for (int c = 0; c < s.C; c++, xi++, wi++)
                        {
                            sum += (double)x[xi] * w[wi];
                            DX[xi] += (double)dy[o] * w[wi];
                            DW[wi] += (double)dy[o] * x[xi];
                        }
                    }
                Y[o] = Math.Max(sum, 0);
            }
            for (int i = 0; i < x.Length; i++)
                if (x[i] <= 0) DX[i] = 0;
        }

        public double[] Y { get; }

        public double[] DX { get; }

        public double[] DW { get; }

        public double[] DB { get; }
    }
}
