using PixelNet.Native.Backends;
using PixelNet.Native.Ptx.Execution;

namespace PixelNet.Native.Ptx.Tests;

/// <summary>The rungs of the dense layer's ladder, each pass: right, clean, and as wasteful as its text says.</summary>
public partial class KernelTests
{
    // Source, entry, tile (rows, columns) of a block, its threads.
    private sealed record Rung(string Stem, string Entry, int Rows, int Columns, Dim3 Block)
    {
        public bool IsTf32 => Entry.Contains("tf32", StringComparison.Ordinal);

        public double Limit => IsTf32 ? 1e-3 : 5e-6;

        // From the swizzled rung of the dense layer on, and in the products of the convolution.
        public bool IsFreeOfConflicts => Stem is "linear/6_swizzle" or "linear/7_tf32_mma" or "linear/9_wide_tile" or "conv2d/2_implicit_gemm" or "conv2d/3_tf32_mma";

        public Dim3 Grid(int rows, int columns, int splits = 1) => new((rows + Rows - 1) / Rows, (columns + Columns - 1) / Columns, splits);
    }

    private static readonly Rung[] LinearForwardRungs =
    [
        new("linear/1_naive", "linear_forward_v1", 1, 64, 64),
        new("linear/2_coalesced", "linear_forward_v2", 1, 8, 256),
        new("linear/3_shared_tile", "linear_forward_v3", 32, 32, new Dim3(32, 32)),
        new("linear/4_register_tile", "linear_forward_v4", 64, 64, 256),
        new("linear/5_vector_loads", "linear_forward_v5", 128, 64, 128),
        new("linear/6_swizzle", "linear_forward_v6", 128, 64, 128),
        new("linear/7_tf32_mma", "linear_forward_tf32_v7", 128, 128, 128),
        new("linear/9_wide_tile", "linear_forward_v9", 128, 128, 128),
    ];

    private static readonly Rung[] LinearBackwardRungs =
    [
        new("linear/1_naive", "linear_backward_{0}_v1", 1, 64, 64),
        new("linear/6_swizzle", "linear_backward_{0}_v6", 128, 64, 128),
        new("linear/7_tf32_mma", "linear_backward_{0}_tf32_v7", 128, 128, 128),
        new("linear/9_wide_tile", "linear_backward_{0}_v9", 128, 128, 128),
    ];

    // Rows that are no multiple of four words, rows that are (all in fours), a single input; all beside every tile.
    private static readonly LinearSizes[] LinearSizesOfTests = [new(37, 70, 45), new(131, 72, 68), new(5, 1, 19), new(1, 33, 130)];

    public static TheoryData<int, int> LinearForwardCases() => Cases(LinearForwardRungs.Length, LinearSizesOfTests.Length);

    public static TheoryData<int, int> LinearBackwardCases() => Cases(LinearBackwardRungs.Length, LinearSizesOfTests.Length);

    private static TheoryData<int, int> Cases(int first, int second)
    {
        var data = new TheoryData<int, int>();
        for (int i = 0; i < first; i++)
        {
            for (int j = 0; j < second; j++) data.Add(i, j);
        }
        return data;
    }

    private static int[] Bits(float v) => [BitConverter.SingleToInt32Bits(v)];

    // y[i,j] += sum over k of a(i,k) b(j,k).
    private static double[] Product(int rows, int columns, int depth, Func<int, int, double> a, Func<int, int, double> b)
    {
        var y = new double[rows * columns];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                for (int k = 0; k < depth; k++) y[(i * columns) + j] += a(i, k) * b(j, k);
            }
        }
        return y;
    }

    private static long Conflicts(LaunchReport report) => report.Counters.Sum(c => c.BankConflicts);

    private static double Waste(LaunchReport report) => (double)report.Counters.Sum(c => c.GlobalSectors) / report.Counters.Sum(c => c.IdealSectors);

    [Theory]
    [MemberData(nameof(LinearForwardCases))]
    public void LinearForward(int rungIndex, int sizeIndex)
    {
        var rung = LinearForwardRungs[rungIndex];
        var z = LinearSizesOfTests[sizeIndex];
        // Each option is on in some sizes and off in others.
        bool hasRelu = sizeIndex != 2, hasBias = sizeIndex != 3, hasDropout = sizeIndex is 1 or 3;
        float[] x = Random(1, z.M * z.In), w = Random(2, z.Out * z.In), b = Random(3, z.Out);
        const float p = 0.4f, kept = 1 - p;
        double[] expected = Product(z.M, z.Out, z.In, (m, i) => x[(m * z.In) + i], (o, i) => w[(o * z.In) + i]);
        for (int e = 0; e < expected.Length; e++)
        {
            if (hasBias) expected[e] += b[e % z.Out];
            if (hasRelu) expected[e] = Math.Max(expected[e], 0);
            if (!hasDropout) continue;
            var words = Philox.Dropout(State.Seed, State.Step, 3, (ulong)e / 4);
            uint word = (e % 4) switch { 0 => words.X0, 1 => words.X1, 2 => words.X2, _ => words.X3 };
            expected[e] = word < Philox.DropoutThreshold(p) ? 0 : expected[e] / kept;
        }
        int[] epilogue = [hasRelu ? 1 : 0, hasDropout ? (int)Philox.DropoutThreshold(p) : 0, .. Bits(hasDropout ? kept : 1), 3];
        var (y, report) = Run<float>(rung.Stem, rung.Entry, rung.Grid(z.M, z.Out), rung.Block, z.M * z.Out, (d, o) =>
            [o, Emulation.Upload(d, x), Emulation.Upload(d, w), hasBias ? Emulation.Upload(d, b) : 0UL, new[] { z.M, z.In, z.Out }, epilogue, hasDropout ? Emulation.Upload(d, State) : 0UL]);
        Close(expected, y, rung.Limit);
        // Dropped and cut elements are exactly zero where the sum is clear of it.
        if (hasDropout) Assert.All(expected.Zip(y), v => Assert.True(v.First != 0 || v.Second < 1e-3f));
        if (rung.IsFreeOfConflicts) Assert.Equal(0, Conflicts(report));
    }

    // Bias, ReLU and dropout behind a product that lies in y, of each size in fours and not.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void LinearEpilogue(int sizeIndex)
    {
        var z = LinearSizesOfTests[sizeIndex];
        bool hasRelu = sizeIndex != 2, hasBias = sizeIndex != 3, hasDropout = sizeIndex is 1 or 3;
        float[] product = Random(1, z.M * z.Out), b = Random(2, z.Out);
        const float p = 0.4f, kept = 1 - p;
        var expected = product.Select((v, e) => (double)(hasBias ? v + b[e % z.Out] : v)).ToArray();
        for (int e = 0; e < expected.Length; e++)
        {
            if (hasRelu) expected[e] = Math.Max(expected[e], 0);
            if (!hasDropout) continue;
            var words = Philox.Dropout(State.Seed, State.Step, 3, (ulong)e / 4);
            uint word = (e % 4) switch { 0 => words.X0, 1 => words.X1, 2 => words.X2, _ => words.X3 };
            expected[e] = word < Philox.DropoutThreshold(p) ? 0 : expected[e] / kept;
        }
        int[] epilogue = [hasRelu ? 1 : 0, hasDropout ? (int)Philox.DropoutThreshold(p) : 0, .. Bits(hasDropout ? kept : 1), 3];
        var (y, _) = Run("linear/8_epilogue", "linear_epilogue_v8", (z.M * z.Out + 511) / 512, 128, product.Length, (d, o) =>
            [o, hasBias ? Emulation.Upload(d, b) : 0UL, new[] { z.M, z.In, z.Out }, epilogue, hasDropout ? Emulation.Upload(d, State) : 0UL], product);
        Close(expected, y, 1e-7);
    }

    // What each step of the ladder is for, in the counters of one product.
    [Fact]
    public void LinearLadderCounts()
    {
        var z = new LinearSizes(128, 64, 128);
        float[] x = Random(1, z.M * z.In), w = Random(2, z.Out * z.In);
        LaunchReport Launch(Rung rung) => Run<float>(rung.Stem, rung.Entry, rung.Grid(z.M, z.Out), rung.Block, z.M * z.Out, (d, o) =>
            [o, Emulation.Upload(d, x), Emulation.Upload(d, w), 0UL, new[] { z.M, z.In, z.Out }, new[] { 0, 0, Bits(1)[0], 0 }, 0UL], seeds: 1).Report;
        var reports = LinearForwardRungs.Select(Launch).ToArray();
        long Sectors(int rung) => reports[rung - 1].Counters.Sum(c => c.GlobalSectors);
        long SharedRequests(int rung) => reports[rung - 1].Counters.Sum(c => c.SharedRequests);
        Assert.True(Waste(reports[0]) > 3, "v1 reads w a sector a word");
        Assert.InRange(Waste(reports[1]), 1, 1.1);
        Assert.True(Sectors(3) * 10 < Sectors(2), "shared tiles use a word 32 times");
        Assert.True(SharedRequests(4) * 3 < SharedRequests(3), "register tiles read half a word a multiplication");
        Assert.True(SharedRequests(5) * 3 < SharedRequests(4), "four words a request, wider tiles");
        Assert.True(Conflicts(reports[4]) > 1000, "transposed stores without a skew");
        foreach (int rung in new[] { 6, 7 })
        {
            Assert.Equal(0, Conflicts(reports[rung - 1]));
            Assert.InRange(Waste(reports[rung - 1]), 1, 1.0001);
        }
        Assert.True(reports[6].Instructions * 2 < reports[5].Instructions, "a tensor core instruction multiplies 1024 times");
    }

    [Theory]
    [MemberData(nameof(LinearBackwardCases))]
    public void LinearBackwardInput(int rungIndex, int sizeIndex)
    {
        var rung = LinearBackwardRungs[rungIndex];
        var z = LinearSizesOfTests[sizeIndex];
        bool hasMask = sizeIndex != 3;
        float[] dy = Random(4, z.M * z.Out), w = Random(5, z.Out * z.In), activation = [.. Random(6, z.M * z.In).Select(v => Math.Max(v, 0))];
        const float kept = 0.7f;
        double[] expected = Product(z.M, z.In, z.Out, (m, o) => dy[(m * z.Out) + o], (i, o) => w[(o * z.In) + i]);
        if (hasMask) expected = [.. expected.Select((v, e) => activation[e] > 0 ? v / kept : 0)];
        var (dx, report) = Run<float>(rung.Stem, string.Format(null, rung.Entry, "input"), rung.Grid(z.M, z.In), rung.Block, z.M * z.In, (d, o) =>
            [o, Emulation.Upload(d, dy), Emulation.Upload(d, w), hasMask ? Emulation.Upload(d, activation) : 0UL, hasMask ? kept : 1f, new[] { z.M, z.In, z.Out }]);
        Close(expected, dx, rung.Limit);
        if (rung.IsFreeOfConflicts) Assert.Equal(0, Conflicts(report));
    }

    [Theory]
    [MemberData(nameof(LinearBackwardCases))]
    public void LinearBackwardWeight(int rungIndex, int sizeIndex)
    {
        var rung = LinearBackwardRungs[rungIndex];
        var z = LinearSizesOfTests[sizeIndex];
        float[] dy = Random(7, z.M * z.Out), x = Random(8, z.M * z.In), before = Random(9, z.Out * z.In);
        double[] sums = Product(z.Out, z.In, z.M, (o, m) => dy[(m * z.Out) + o], (i, m) => x[(m * z.In) + i]);
        double[] expected = [.. sums.Select((v, e) => v + before[e])];
        int[] sizes = [z.M, z.In, z.Out];
        string entry = string.Format(null, rung.Entry, "weight");
        if (rung.Stem == "linear/1_naive")
        {
            Close(expected, Run(rung.Stem, entry, rung.Grid(z.Out, z.In), rung.Block, before.Length, (d, o) => [o, Emulation.Upload(d, dy), Emulation.Upload(d, x), sizes], before).Output);
            return;
        }
        // All rows in one split: added to what is there.
        var (got, report) = Run(rung.Stem, entry, rung.Grid(z.Out, z.In), rung.Block, before.Length, (d, o) => [o, 0UL, Emulation.Upload(d, dy), Emulation.Upload(d, x), sizes, 144], before);
        Close(expected, got, rung.Limit);
        Assert.Equal(0, Conflicts(report));
        // Splits of 48 rows, then their sum.
        int splits = (z.M + 47) / 48;
        if (splits == 1) return;
        var (partial, _) = Run<float>(rung.Stem, entry, rung.Grid(z.Out, z.In, splits), rung.Block, splits * before.Length, (d, o) => [0UL, o, Emulation.Upload(d, dy), Emulation.Upload(d, x), sizes, 48]);
        Close(expected, SumOfSplits("linear/6_swizzle", "linear_backward_sum_v6", before, partial, splits), rung.Limit);
    }

    private static float[] SumOfSplits(string stem, string entry, float[] before, float[] partial, int splits) =>
        Run(stem, entry, (before.Length + 127) / 128, 128, before.Length, (d, o) => [o, Emulation.Upload(d, partial), (long)before.Length, splits], before).Output;

    [Theory]
    [InlineData(37, 45)]
    [InlineData(131, 68)]
    [InlineData(3, 1)]
    public void LinearBackwardBias(int rows, int columns)
    {
        float[] dy = Random(10, rows * columns), before = Random(11, columns);
        double[] expected = [.. Enumerable.Range(0, columns).Select(o => before[o] + Enumerable.Range(0, rows).Sum(m => (double)dy[(m * columns) + o]))];
        int[] sizes = [rows, 7, columns];
        Close(expected, Run("linear/1_naive", "linear_backward_bias_v1", new Dim3((columns + 31) / 32), 32, columns, (d, o) => [o, Emulation.Upload(d, dy), sizes], before).Output);
        var (whole, report) = Run("linear/6_swizzle", "linear_backward_bias_v6", new Dim3((columns + 31) / 32), new Dim3(32, 8), columns, (d, o) => [o, 0UL, Emulation.Upload(d, dy), sizes, rows], before);
        Close(expected, whole);
        Assert.Equal(0, Conflicts(report));
        int splits = (rows + 19) / 20;
        if (splits == 1) return;
        var (partial, _) = Run<float>("linear/6_swizzle", "linear_backward_bias_v6", new Dim3((columns + 31) / 32, splits), new Dim3(32, 8), splits * columns, (d, o) => [0UL, o, Emulation.Upload(d, dy), sizes, 20]);
        Close(expected, SumOfSplits("linear/6_swizzle", "linear_backward_sum_v6", before, partial, splits));
    }
}
