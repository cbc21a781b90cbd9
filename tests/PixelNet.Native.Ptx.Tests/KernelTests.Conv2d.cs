using PixelNet.Native.Backends;
using PixelNet.Native.Ptx.Execution;

namespace PixelNet.Native.Ptx.Tests;

/// <summary>The rungs of the convolution, each pass, against direct loops in double.</summary>
public partial class KernelTests
{
    private static readonly Rung[] Conv2dRungs =
    [
        new("conv2d/1_direct", "conv2d_{0}_v1", 1, 64, 64),
        new("conv2d/2_implicit_gemm", "conv2d_{0}_v2", 64, 16, 64),
        new("conv2d/2_implicit_gemm", "conv2d_{0}_v3", 128, 64, 128),
        new("conv2d/3_tf32_mma", "conv2d_{0}_tf32_v4", 128, 64, 128),
    ];

    // Odd channels, whole fours, filters larger than the map, padding sideways only, a padded 1x1 filter, several tiles of pixels and channels.
    private static readonly Conv2dSizes[] Conv2dSizesOfTests =
    [
        new(2, 7, 9, 3, 16, 3, 3, 1, 1),
        new(2, 9, 8, 8, 20, 3, 3, 1, 1),
        new(1, 3, 4, 5, 7, 7, 7, 3, 3),
        new(2, 6, 5, 4, 9, 2, 3, 0, 1),
        new(1, 3, 4, 6, 5, 1, 1, 1, 1),
        new(1, 12, 13, 20, 72, 3, 3, 1, 1),
    ];

    public static TheoryData<int, int> Conv2dCases() => Cases(Conv2dRungs.Length, Conv2dSizesOfTests.Length);

    private static int[] Words(Conv2dSizes z) => [z.N, z.H, z.W, z.C, z.K, z.R, z.S, z.PadH, z.PadW];

    // Calls with (output index, filter index, input index) of every product of the convolution, as ReferenceBackend.Conv2d.cs enumerates them.
    private static void EachProduct(Conv2dSizes z, Action<int, int, int> visit)
    {
        for (int pixel = 0; pixel < z.N * z.P * z.Q; pixel++)
        {
            int q = pixel % z.Q, p = pixel / z.Q % z.P, n = pixel / z.Q / z.P;
            for (int r = 0; r < z.R; r++)
            {
                for (int s = 0; s < z.S; s++)
                {
                    int row = p + r - z.PadH, column = q + s - z.PadW;
                    if (row < 0 || row >= z.H || column < 0 || column >= z.W) continue;
                    for (int k = 0; k < z.K; k++)
                    {
                        for (int c = 0; c < z.C; c++)
                            visit((pixel * z.K) + k, (((((k * z.R) + r) * z.S) + s) * z.C) + c, (((((n * z.H) + row) * z.W) + column) * z.C) + c);
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Conv2dCases))]
    public void Conv2dForward(int rungIndex, int sizeIndex)
    {
        var rung = Conv2dRungs[rungIndex];
        var z = Conv2dSizesOfTests[sizeIndex];
        bool hasRelu = sizeIndex != 1, hasBias = sizeIndex != 3;
        int pixels = z.N * z.P * z.Q;
        float[] x = Random(1, z.N * z.H * z.W * z.C), w = Random(2, z.K * z.R * z.S * z.C), b = Random(3, z.K);
        double[] expected = [.. Enumerable.Range(0, pixels * z.K).Select(e => hasBias ? b[e % z.K] : 0.0)];
        EachProduct(z, (y, f, i) => expected[y] += (double)w[f] * x[i]);
        if (hasRelu) expected = [.. expected.Select(v => Math.Max(v, 0))];
        var (got, report) = Run<float>(rung.Stem, string.Format(null, rung.Entry, "forward"), rung.Grid(pixels, z.K), rung.Block, expected.Length, (d, o) =>
            [o, Emulation.Upload(d, x), Emulation.Upload(d, w), hasBias ? Emulation.Upload(d, b) : 0UL, Words(z), hasRelu ? 1 : 0]);
        Close(expected, got, rung.Limit);
        if (rung.IsFreeOfConflicts) Assert.Equal(0, Conflicts(report));
        // Lanes of v1 read different filters; whole fours of the implicit product are read in runs of at least a sector.
        if (rungIndex == 0 && z.C * z.R * z.S >= 27) Assert.True(Waste(report) > 3, $"{Waste(report)}");
        if (rungIndex > 0 && sizeIndex == 1) Assert.InRange(Waste(report), 1, 1.3);
    }

    [Theory]
    [MemberData(nameof(Conv2dCases))]
    public void Conv2dBackwardInput(int rungIndex, int sizeIndex)
    {
        var rung = Conv2dRungs[rungIndex];
        var z = Conv2dSizesOfTests[sizeIndex];
        bool hasMask = sizeIndex != 4;
        int pixels = z.N * z.H * z.W;
        float[] dy = Random(4, z.N * z.P * z.Q * z.K), w = Random(5, z.K * z.R * z.S * z.C), activation = [.. Random(6, pixels * z.C).Select(v => Math.Max(v, 0))];
        var expected = new double[pixels * z.C];
        EachProduct(z, (y, f, i) => expected[i] += (double)w[f] * dy[y]);
        if (hasMask) expected = [.. expected.Select((v, e) => activation[e] > 0 ? v : 0)];
        var (got, report) = Run<float>(rung.Stem, string.Format(null, rung.Entry, "backward_input"), rung.Grid(pixels, z.C), rung.Block, expected.Length, (d, o) =>
            [o, Emulation.Upload(d, dy), Emulation.Upload(d, w), hasMask ? Emulation.Upload(d, activation) : 0UL, Words(z)]);
        Close(expected, got, rung.Limit);
        if (rung.IsFreeOfConflicts) Assert.Equal(0, Conflicts(report));
    }

    [Theory]
    [MemberData(nameof(Conv2dCases))]
    public void Conv2dBackwardWeight(int rungIndex, int sizeIndex)
    {
        var rung = Conv2dRungs[rungIndex];
        var z = Conv2dSizesOfTests[sizeIndex];
        int pixels = z.N * z.P * z.Q, columns = z.R * z.S * z.C;
        float[] dy = Random(7, pixels * z.K), x = Random(8, z.N * z.H * z.W * z.C), before = Random(9, z.K * columns);
        double[] expected = [.. before.Select(v => (double)v)];
        EachProduct(z, (y, f, i) => expected[f] += (double)dy[y] * x[i]);
        string entry = string.Format(null, rung.Entry, "backward_weight");
        if (rungIndex == 0)
        {
            var grid = new Dim3(z.K * z.R * z.S, (z.C + 63) / 64);
            Close(expected, Run(rung.Stem, entry, grid, 64, before.Length, (d, o) => [o, Emulation.Upload(d, dy), Emulation.Upload(d, x), Words(z)], before).Output);
            return;
        }
        // Filters are the rows here: the tile lies the other way.
        Dim3 Grid(int splits) => new((z.K + rung.Columns - 1) / rung.Columns, (columns + rung.Rows - 1) / rung.Rows, splits);
        var (got, report) = Run(rung.Stem, entry, Grid(1), rung.Block, before.Length, (d, o) => [o, 0UL, Emulation.Upload(d, dy), Emulation.Upload(d, x), Words(z), (pixels + 15) / 16 * 16], before);
        Close(expected, got, rung.Limit);
        Assert.Equal(0, Conflicts(report));
        int splits = (pixels + 47) / 48;
        if (splits == 1) return;
        var (partial, _) = Run<float>(rung.Stem, entry, Grid(splits), rung.Block, splits * before.Length, (d, o) => [0UL, o, Emulation.Upload(d, dy), Emulation.Upload(d, x), Words(z), 48]);
        Close(expected, SumOfSplits("conv2d/2_implicit_gemm", "conv2d_backward_sum_v2", before, partial, splits), rung.Limit);
    }

    [Fact]
    public void Conv2dBackwardBias()
    {
        var z = Conv2dSizesOfTests[0];
        int pixels = z.N * z.P * z.Q;
        float[] dy = Random(10, pixels * z.K), before = Random(11, z.K);
        double[] expected = [.. Enumerable.Range(0, z.K).Select(k => before[k] + Enumerable.Range(0, pixels).Sum(m => (double)dy[(m * z.K) + k]))];
        Close(expected, Run("conv2d/1_direct", "conv2d_backward_bias_v1", 1, 32, z.K, (d, o) => [o, Emulation.Upload(d, dy), Words(z)], before).Output);
        Close(expected, Run("conv2d/2_implicit_gemm", "conv2d_backward_bias_v2", 1, new Dim3(32, 8), z.K, (d, o) => [o, 0UL, Emulation.Upload(d, dy), Words(z), pixels], before).Output);
        int splits = (pixels + 31) / 32;
        var (partial, _) = Run<float>("conv2d/2_implicit_gemm", "conv2d_backward_bias_v2", new Dim3(1, splits), new Dim3(32, 8), splits * z.K, (d, o) => [0UL, o, Emulation.Upload(d, dy), Words(z), 32]);
        Close(expected, SumOfSplits("conv2d/2_implicit_gemm", "conv2d_backward_sum_v2", before, partial, splits));
    }
}
