using System.Runtime.InteropServices;

namespace PixelNet.Native.Ptx.Tests;

/// <summary>The later rungs of the hypercolumn: vectors, all levels at once, gradients by atomics and by cell over the whole map.</summary>
public partial class KernelTests
{
    private sealed record Map(int[] Level, float[] Values)
    {
        public int Stride => Level[4];

        public int Channels => Level[3];

        public int Column => Level[5];

        /// <summary>The cells around a sample and their weights, by the formula of the design.</summary>
        public IEnumerable<(int Cell, double Weight)> Corners(int[] samples, int m)
        {
            var (y0, y1, fy) = Backends.HypercolumnCoordinates.Map(samples[(3 * m) + 1], Stride, Level[1]);
            var (x0, x1, fx) = Backends.HypercolumnCoordinates.Map(samples[(3 * m) + 2], Stride, Level[2]);
            int Cell(int y, int x) => (((samples[3 * m] * Level[1]) + y) * Level[2]) + x;
            return [(Cell(y0, x0), (1 - fy) * (1 - fx)), (Cell(y0, x1), (1 - fy) * fx), (Cell(y1, x0), fy * (1 - fx)), (Cell(y1, x1), fy * fx)];
        }
    }

    /// <summary>Levels of strides 1, 2, 4 of two images of 23 x 31 pixels.</summary>
    private static Map[] Pyramid(params int[] channels) =>
        [.. channels.Select((c, l) => new Map([2, 23 >> l, 31 >> l, c, 1 << l, channels.Take(l).Sum()], Random(110 + l, 2 * (23 >> l) * (31 >> l) * c)))];

    private static byte[] LevelTable(Map[] maps, ulong[] addresses)
    {
        const int most = 16;
        int[] sizes = [maps.Length, .. Enumerable.Range(0, most).SelectMany(l => l < maps.Length ? maps[l].Level : new int[6]), 0];
        ulong[] pointers = [.. Enumerable.Range(0, most).Select(l => l < maps.Length ? addresses[l] : 0)];
        return [.. MemoryMarshal.AsBytes<int>(sizes), .. MemoryMarshal.AsBytes<ulong>(pointers)];
    }

    [Theory]
    [InlineData("hypercolumn_forward_v2", true, 16, 40, 64)]
    [InlineData("hypercolumn_forward_v3", true, 16, 40, 64)]
    [InlineData("hypercolumn_forward_v4", true, 16, 40, 64)]
    [InlineData("hypercolumn_forward_v3", false, 5, 18, 33)]
    [InlineData("hypercolumn_forward_v4", false, 5, 18, 33)]
    public void HypercolumnForwardOfAllLevels(string entry, bool aligned, params int[] channels)
    {
        var maps = Pyramid(channels);
        int[] samples = Samples();
        int d = channels.Sum();
        float[] mean = Random(120, d), inverse = Random(121, d);
        var expected = new double[M * d];
        foreach (var map in maps)
        {
            for (int m = 0; m < M; m++)
            {
                for (int c = 0; c < map.Channels; c++)
                    expected[(m * d) + map.Column + c] = (map.Corners(samples, m).Sum(e => e.Weight * map.Values[(e.Cell * map.Channels) + c]) - mean[map.Column + c]) * inverse[map.Column + c];
            }
        }
        var (got, reports) = RunStages("hypercolumn", s =>
        {
            ulong x = s.Output("x", M * d), at = s.Upload(samples), mu = s.Upload(mean), sigma = s.Upload(inverse);
            ulong[] values = [.. maps.Select(map => s.Upload(map.Values))];
            if (entry.EndsWith('4')) s.Launch(entry, (M + 15) / 16, 256, 0, x, at, mu, sigma, LevelTable(maps, values), M, d);
            else foreach (var (l, map) in maps.Index()) s.Launch(entry, entry.EndsWith('3') ? (M + 3) / 4 : M, entry.EndsWith('3') ? 128 : 64, 0, x, values[l], at, mu, sigma, map.Level, M, d);
        });
        Close(expected, got["x"]);
        if (aligned) Assert.InRange(SectorRatio(reports), 1, 1.1);
    }

    [Theory]
    [InlineData(16, false, false, 1)]
    [InlineData(16, true, false, 3)]
    [InlineData(16, false, true, 5)]
    [InlineData(16, true, true, 7)]
    [InlineData(7, true, true, 12)]
    [InlineData(148, false, true, 3)]
    [InlineData(20, true, true, 500)]
    public void HypercolumnBackwardOfTheWholeMap(int channels, bool accumulate, bool masked, int times)
    {
        const int level = 2, blockCells = 9;
        int d = channels + 24;
        var map = Pyramid(8, 16, channels)[level];
        // All samples several times over: at 500 times, lists of more entries than a block of v4 holds.
        int[] samples = [.. Enumerable.Repeat(Samples(), times).SelectMany(s => s)];
        int rows = times * M;
        float[] dX = Random(130, rows * d), inverse = Random(131, d), before = Random(132, map.Values.Length);
        var entries = Enumerable.Range(0, rows).SelectMany(m => map.Corners(samples, m).Where(e => e.Weight != 0).Select(e => (e.Cell, Sample: m, e.Weight))).OrderBy(e => e.Cell).ToArray();
        int[] cells = [.. entries.Select(e => e.Cell).Distinct()];
        int[] starts = [.. cells.Select(c => Array.FindIndex(entries, e => e.Cell == c)), entries.Length];
        double[] expected = [.. before.Select(v => accumulate ? (double)v : 0)];
        foreach (var (cell, sample, weight) in entries)
        {
            for (int c = 0; c < channels; c++) expected[(cell * channels) + c] += weight * dX[(sample * d) + map.Column + c] * inverse[map.Column + c];
        }
        if (masked) expected = [.. expected.Select((v, i) => map.Values[i] > 0 ? v : 0)];
        int count = map.Values.Length / channels;
        // The list has room for more than there is, and what lies there is no cell.
        ulong Padded(Stage s, int[] values) => s.Upload([.. values, -1, -1, -1]);
        float[] Run(string entry, int slices) => RunStages("hypercolumn", s =>
        {
            ulong dMap = accumulate ? s.Output("dMap", before) : s.Output("dMap", before.Length);
            s.Launch(entry, (count + blockCells - 1) / blockCells * slices, 64, 0, dMap, s.Upload(dX), s.Upload(cells.Length, entries.Length), Padded(s, cells), Padded(s, starts),
                Padded(s, [.. entries.Select(e => e.Sample)]), s.Upload([.. entries.Select(e => (float)e.Weight)]), masked ? s.Upload(map.Values) : 0, s.Upload(inverse), map.Level, d,
                accumulate ? 1 : 0, blockCells);
        }).Item1["dMap"];
        float[] wide = Run("hypercolumn_backward_v3", 1), sliced = Run("hypercolumn_backward_v4", (channels + 127) / 128);
        Close(expected, wide);
        Assert.Equal(wide.Select(BitConverter.SingleToInt32Bits), sliced.Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void HypercolumnBackwardByAtomics()
    {
        const int d = 50;
        var map = Pyramid(8, 16, 17)[2];
        int[] samples = Samples();
        // Multiples of 1/4, and weights of 1/64 at stride 4: sums are exact, so that no order of additions changes a bit.
        float[] dX = [.. Random(140, M * d).Select(v => MathF.Round(v * 4) / 4)], before = [.. Random(141, map.Values.Length).Select(v => MathF.Round(v * 4) / 4)];
        double[] expected = [.. before.Select(v => (double)v)];
        for (int m = 0; m < M; m++)
        {
            foreach (var (cell, weight) in map.Corners(samples, m))
            {
                for (int c = 0; c < map.Channels; c++) expected[(cell * map.Channels) + c] += weight * dX[(m * d) + map.Column + c];
            }
        }
        var (got, _) = RunStages("hypercolumn", s => s.Launch("hypercolumn_backward_atomic_v1", M, 32, 0, s.Output("dMap", before), s.Upload(dX), s.Upload(samples), 0UL, map.Level, d));
        Assert.Equal(expected, got["dMap"].Select(v => (double)v));
    }
}
