using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PixelNet.Native.Backends;
using PixelNet.Native.Ptx.Execution;

namespace PixelNet.Native.Ptx.Tests;

/// <summary>
/// The PTX that ships, run by the emulator with every observer on and against plain double loops; sizes are no multiples of any tile, buffers are
/// poisoned (NaN and unwritten) and bounded on both sides by unmapped addresses. Warp and block order is shuffled by seed: no finding and the same bytes.
/// </summary>
public partial class KernelTests
{
    private const ulong Seeds = 5;

    private static readonly ConcurrentDictionary<string, PtxModule> Modules = new();

    internal static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(KernelTests).Assembly.GetManifestResourceStream("kernels/" + name) ?? throw new InvalidOperationException($"kernels/{name} is not embedded"));
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    [Fact]
    public void ManifestMatchesSourcesAndPtx()
    {
        using var manifest = JsonDocument.Parse(Resource("manifest.json"));
        var kernels = manifest.RootElement.GetProperty("kernels");
        string[] sources = [.. typeof(KernelTests).Assembly.GetManifestResourceNames().Where(n => n.EndsWith(".cu", StringComparison.Ordinal)).Select(n => n["kernels/".Length..^3]).Order(StringComparer.Ordinal)];
        Assert.Equal(sources, kernels.EnumerateObject().Select(k => k.Name));
        foreach (var kernel in kernels.EnumerateObject())
        {
            Assert.True(kernel.Value.GetProperty("source").GetString() == Hash(Resource(kernel.Name + ".cu")), $"kernels/{kernel.Name}.cu is newer than its PTX: run ./build.sh kernels");
            foreach (var header in kernel.Value.GetProperty("includes").EnumerateObject())
                Assert.True(header.Value.GetString() == Hash(Resource(header.Name)), $"kernels/{header.Name} is newer than the PTX of {kernel.Name}: run ./build.sh kernels");
            Assert.True(kernel.Value.GetProperty("ptx").GetString() == Hash(Resource(kernel.Name + ".ptx")), $"kernels/ptx/{kernel.Name}.ptx is not what was compiled: run ./build.sh kernels");
            Assert.Equal(kernel.Value.GetProperty("entries").EnumerateArray().Select(e => e.GetString()), PtxModule.Parse(Resource(kernel.Name + ".ptx")).Entries.Select(e => e.Name));
        }
        static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private static float[] Random(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];
    }

    internal static byte[] Pack(PtxEntry entry, params object[] arguments)
    {
        Assert.Equal(entry.Parameters.Count, arguments.Length);
        byte[] block = new byte[entry.ParameterBytes];
        for (int i = 0; i < arguments.Length; i++)
        {
            byte[] bytes = arguments[i] switch
            {
                ulong v => BitConverter.GetBytes(v),
                long v => BitConverter.GetBytes(v),
                int v => BitConverter.GetBytes(v),
                float v => BitConverter.GetBytes(v),
                int[] v => MemoryMarshal.AsBytes<int>(v).ToArray(),
                byte[] v => v,
                _ => throw new InvalidOperationException("unexpected argument"),
            };
            Assert.Equal(entry.Parameters[i].Bytes, bytes.Length);
            bytes.CopyTo(block, entry.Parameters[i].Offset);
        }
        return block;
    }

    /// <summary>Runs an entry for each seed on fresh memory; its outputs must be clean, written in whole where <paramref name="initial"/> is null, and equal.</summary>
    private static (T[] Output, LaunchReport Report) Run<T>(string stem, string entry, Dim3 grid, Dim3 block, int outputs, Func<EmulatedDevice, ulong, object[]> arguments, T[]? initial = null, ulong seeds = Seeds) where T : unmanaged
    {
        var module = Modules.GetOrAdd(stem, static s => PtxModule.Parse(Resource(s + ".ptx"), LineMap.Parse(Resource(s + ".lines"))));
        T[]? first = null;
        LaunchReport report = null!;
        for (ulong seed = 0; seed < seeds; seed++)
        {
            using var device = new EmulatedDevice();
            ulong output = initial is null ? device.Allocate(outputs * (long)Marshal.SizeOf<T>(), "output") : Emulation.Upload(device, initial);
            var kernel = device.Load(module).GetKernel(entry);
            report = device.Launch(kernel, grid, block, Pack(kernel.Entry, arguments(device, output)), 0, Observers.All, seed);
            Assert.True(report.IsClean, string.Join("\n", report.Findings));
            T[] got = Emulation.Read<T>(device, output, outputs);
            if (first is null) first = got;
            else Assert.Equal(MemoryMarshal.AsBytes<T>(first).ToArray(), MemoryMarshal.AsBytes<T>(got).ToArray());
        }
        return (first!, report);
    }

    // Norm-wise, as the design demands of fp32.
    private static void Close(double[] expected, float[] got, double limit = 5e-6)
    {
        Assert.Equal(expected.Length, got.Length);
        double error = 0, norm = 0;
        for (int i = 0; i < got.Length; i++)
        {
            error += (got[i] - expected[i]) * (got[i] - expected[i]);
            norm += expected[i] * expected[i];
        }
        Assert.True(Math.Sqrt(error) <= limit * Math.Sqrt(norm), $"relative error {Math.Sqrt(error / norm):e2}");
    }

    [Fact]
    public void Fill() =>
        Assert.All(Run<float>("fill", "fill_forward_v1", 3, 128, 300, (_, y) => [y, 300L, 1.5f]).Output, v => Assert.Equal(1.5f, v));

    [Fact]
    public void MaxPool2d()
    {
        const int n = 2, h = 7, w = 5, c = 6, p = 3, q = 2;
        // Multiples of 1/4: many ties, of which the first must win.
        float[] x = [.. Random(4, n * h * w * c).Select(v => MathF.Round(v * 4) / 4)], dy = Random(5, n * p * q * c);
        var y = new float[n * p * q * c];
        var argmax = new byte[y.Length];
        var dx = new float[x.Length];
        for (int i = 0; i < y.Length; i++)
        {
            int ch = i % c, col = i / c % q, row = i / c / q % p, image = i / c / q / p;
            int At(int k) => ((((image * h) + (2 * row) + (k / 2)) * w) + (2 * col) + (k % 2)) * c + ch;
            argmax[i] = (byte)Enumerable.Range(0, 4).MaxBy(k => x[At(k)]);
            y[i] = x[At(argmax[i])];
            if (x[At(argmax[i])] > 0) dx[At(argmax[i])] = dy[i];
        }
        int[] sizes = [n, h, w, c];
        Assert.Equal(y, Run<float>("max_pool2d", "max_pool2d_forward_v1", 2, 64, y.Length, (d, o) => [o, d.Allocate(y.Length), Emulation.Upload(d, x), sizes]).Output);
        Assert.Equal(argmax, Run<byte>("max_pool2d", "max_pool2d_forward_v1", 2, 64, y.Length, (d, o) => [d.Allocate(4 * y.Length), o, Emulation.Upload(d, x), sizes]).Output);
        Assert.Equal(dx, Run<float>("max_pool2d", "max_pool2d_backward_v1", 7, 64, x.Length, (d, o) => [o, Emulation.Upload(d, dy), Emulation.Upload(d, argmax), Emulation.Upload(d, x), sizes]).Output);
    }

    private const int N = 2, H = 5, W = 7, C = 40, Stride = 4, Column = 3, M = 21, D = 50;

    private static int[] Samples()
    {
        var random = new Random(6);
        // All four corners of the image, beyond the last cell too, then anywhere.
        int[] corners = [0, 0, 0, 1, 0, 30, 0, 22, 0, 1, 22, 30];
        return [.. corners, .. Enumerable.Range(4, M - 4).SelectMany(_ => new[] { random.Next(N), random.Next(23), random.Next(31) })];
    }

    private static IEnumerable<(int Cell, double Weight)> Corners(int[] samples, int m)
    {
        var (y0, y1, fy) = HypercolumnCoordinates.Map(samples[(3 * m) + 1], Stride, H);
        var (x0, x1, fx) = HypercolumnCoordinates.Map(samples[(3 * m) + 2], Stride, W);
        int Cell(int y, int x) => (((samples[3 * m] * H) + y) * W) + x;
        return [(Cell(y0, x0), (1 - fy) * (1 - fx)), (Cell(y0, x1), (1 - fy) * fx), (Cell(y1, x0), fy * (1 - fx)), (Cell(y1, x1), fy * fx)];
    }

    [Theory]
    [InlineData("hypercolumn_forward_v1", 1, 32)]
    [InlineData("hypercolumn_forward_v2", M, 32)]
    public void HypercolumnForward(string entry, int grid, int block)
    {
        int[] samples = Samples();
        float[] map = Random(7, N * H * W * C), mean = Random(8, D), inverse = Random(9, D), before = Random(10, M * D);
        double[] expected = [.. before.Select(v => (double)v)];
        for (int m = 0; m < M; m++)
        {
            for (int c = 0; c < C; c++)
                expected[(m * D) + Column + c] = (Corners(samples, m).Sum(e => e.Weight * map[(e.Cell * C) + c]) - mean[Column + c]) * inverse[Column + c];
        }
        var (x, report) = Run("hypercolumn", entry, grid, block, M * D, (d, o) =>
            [o, Emulation.Upload(d, map), Emulation.Upload(d, samples), Emulation.Upload(d, mean), Emulation.Upload(d, inverse), new[] { N, H, W, C, Stride, Column }, M, D], before);
        Close(expected, x);
        long sectors = report.Counters.Sum(c => c.GlobalSectors), ideal = report.Counters.Sum(c => c.IdealSectors);
        // Column 3 of a row of 50 words is off every sector boundary: coalesced accesses touch one sector more than they need.
        if (grid == 1) Assert.True(sectors > 3 * ideal, $"{sectors} sectors, ideal {ideal}");
        else Assert.InRange((double)sectors / ideal, 1, 1.3);
    }

    [Fact]
    public void HypercolumnBackward()
    {
        int[] samples = Samples();
        float[] dX = Random(11, M * D), inverse = Random(12, D), before = Random(13, N * H * W * C);
        var entries = Enumerable.Range(0, M).SelectMany(m => Corners(samples, m).Select(e => (e.Cell, Sample: m, e.Weight))).OrderBy(e => e.Cell).ToArray();
        int[] cells = [.. entries.Select(e => e.Cell).Distinct()];
        int[] starts = [.. cells.Select(c => Array.FindIndex(entries, e => e.Cell == c)), entries.Length];
        double[] expected = [.. before.Select(v => (double)v)];
        foreach (var (cell, sample, weight) in entries)
        {
            for (int c = 0; c < C; c++) expected[(cell * C) + c] += weight * dX[(sample * D) + Column + c] * inverse[Column + c];
        }
        // The grid is launched at capacity: blocks beyond the touched cells have nothing to do.
        var (got, _) = Run("hypercolumn", "hypercolumn_backward_v2", cells.Length + 9, 32, before.Length, (d, o) =>
            [o, Emulation.Upload(d, dX), Emulation.Upload(d, cells.Length, entries.Length), Emulation.Upload(d, cells), Emulation.Upload(d, starts), Emulation.Upload(d, [.. entries.Select(e => e.Sample)]),
             Emulation.Upload(d, [.. entries.Select(e => (float)e.Weight)]), Emulation.Upload(d, inverse), new[] { N, H, W, C, Stride, Column }, D], before);
        Close(expected, got);
    }
}
