using PixelNet.Native.Backends;
using PixelNet.Native.Sampling;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Diagnostics.Cases;

/// <summary>
/// Gather of pixels from all levels, and its cell-owner backward. The first samples are the corners of the images, where coordinates are
/// clamped; the others are drawn. Twins: <c>Layers/Hypercolumn.cs</c>, <c>Backends/*/…Hypercolumn.cs</c>.
/// </summary>
public sealed class HypercolumnCase : OpCase
{
    private int[]? _samples;

    /// <summary>
    /// The cases: odd sizes (pixels beyond the last cell), maps of one cell, far fewer pixels than cells, every pixel many times over, with and
    /// without standardisation, mask, and a gradient that is there already.
    /// </summary>
    public static IReadOnlyList<OpCase> All { get; } =
    [
        new HypercolumnCase { Name = "three levels, odd size", N = 2, H = 13, W = 19, M = 40, Strides = [1, 2, 4], Channels = [3, 17, 33] },
        new HypercolumnCase { Name = "few pixels, many cells", N = 2, H = 24, W = 32, M = 9, Strides = [1, 2], Channels = [8, 6], Activation = true },
        new HypercolumnCase
        {
            Name = "few pixels, many cells, on top of a gradient", N = 2, H = 24, W = 32, M = 9, Strides = [1, 2], Channels = [8, 5],
            Activation = true, Mode = GradientMode.Accumulate,
        },
        new HypercolumnCase
        {
            Name = "on top of a gradient, standardised", N = 1, H = 17, W = 11, M = 60, Strides = [2, 4, 8], Channels = [16, 9, 20],
            Standardize = true, Mode = GradientMode.Accumulate,
        },
        new HypercolumnCase
        {
            Name = "standardised, masked", N = 2, H = 16, W = 16, M = 30, Strides = [1, 4], Channels = [5, 34], Standardize = true, Activation = true,
        },
        new HypercolumnCase { Name = "the same pixels many times", N = 1, H = 9, W = 10, M = 120, Distinct = 3, Strides = [1, 2], Channels = [4, 18] },
        new HypercolumnCase { Name = "maps of one cell, one row, one column", N = 3, H = 33, W = 40, M = 25, Strides = [16, 32], Channels = [7, 12] },
        new HypercolumnCase { Name = "an image of one pixel", N = 1, H = 1, W = 1, M = 3, Strides = [1], Channels = [5], Activation = true },
        new HypercolumnCase { Name = "one pixel", N = 2, H = 8, W = 8, M = 1, Strides = [1, 2, 4, 8], Channels = [2, 3, 4, 5] },
        new HypercolumnCase { Name = "eight images of one row", N = 8, H = 1, W = 37, M = 70, Strides = [1], Channels = [19], Activation = true },
        new HypercolumnCase { Name = "one column, standardised", N = 2, H = 45, W = 1, M = 33, Strides = [1], Channels = [16], Standardize = true },
        new HypercolumnCase
        {
            Name = "five levels", N = 2, H = 67, W = 93, M = 700, Strides = [1, 2, 4, 8, 16], Channels = [16, 32, 64, 128, 128],
            Activation = true, Mode = GradientMode.Accumulate, Standardize = true, Long = true,
        },
    ];

    /// <inheritdoc/>
    public override string Op => "Hypercolumn";

    /// <summary>Images.</summary>
    public required int N { get; init; }

    /// <summary>Height of the images.</summary>
    public required int H { get; init; }

    /// <summary>Width of the images.</summary>
    public required int W { get; init; }

    /// <summary>Samples.</summary>
    public required int M { get; init; }

    /// <summary>Different positions among them; 0 = drawn freely.</summary>
    public int Distinct { get; init; }

    /// <summary>Nominal stride of each level; its map has H/stride rows, rounded down.</summary>
    public required IReadOnlyList<int> Strides { get; init; }

    /// <summary>Channels of each level.</summary>
    public required IReadOnlyList<int> Channels { get; init; }

    /// <summary>Whether columns are standardised.</summary>
    public bool Standardize { get; init; }

    /// <summary>Whether the maps are outputs of ReLUs whose mask goes into the gradient.</summary>
    public bool Activation { get; init; }

    /// <summary>Whether the gradient is written or added.</summary>
    public GradientMode Mode { get; init; }

    /// <summary>D: width of the hypercolumn.</summary>
    public int Width => Channels.Sum();

    /// <summary>Sizes of the levels.</summary>
    public IReadOnlyList<HypercolumnLevel> Levels =>
        [.. Strides.Select((stride, l) => new HypercolumnLevel(N, H / stride, W / stride, Channels[l], stride, Channels.Take(l).Sum()))];

    /// <inheritdoc/>
    public override long ForwardFlops => 8L * M * Width;

    /// <inheritdoc/>
    public override long BackwardFlops => 8L * M * Width;

    /// <inheritdoc/>
    public override void Forward(CaseRun run) => run.Backend.HypercolumnForward(run["x"], run.List("map"), run["samples"],
        run.Find("mean"), run.Find("inverseDeviation"), Levels, M);

    /// <inheritdoc/>
    public override void Backward(CaseRun run) => Backward(run, Activation);

    /// <inheritdoc/>
    public override double[]? GradientFactors(CaseRun run, CaseTensor gradient) => Activation ? Mask(run.Read(gradient.GradientOf!)) : null;

    /// <inheritdoc/>
    public override bool Magnitudes(CaseRun run)
    {
        // (h - mean) * inverse with every sign the same.
        if (Standardize) run.Write("mean", Array.ConvertAll(run.Read("mean"), mean => -mean));
        Forward(run);
        Backward(run, masked: false);
        return true;
    }

    /// <inheritdoc/>
    protected override IEnumerable<CaseTensor> Declare()
    {
        var levels = Levels;
        var signed = CaseFills.Uniform(-1, 1);
        int[] samples = _samples ??= DrawSamples();
        Shape columns = new(M, Width), width = new(Width);
        foreach (var (l, level) in levels.Index())
            yield return new($"map{l}", MapShape(level), CaseRole.Input) { Fill = Activation ? CaseFills.Rectified(1) : signed, Saved = Activation };
        yield return new("samples", new Shape(M, 3), CaseRole.Input) { Type = ElementType.Int32, Fill = CaseFills.Given(samples) };
        if (Standardize) yield return new("mean", width, CaseRole.Input) { Fill = signed };
        if (Standardize) yield return new("inverseDeviation", width, CaseRole.Input) { Fill = CaseFills.Uniform(0.5, 3), Saved = true };
        yield return new("x", columns, CaseRole.Output) { Terms = 5 };
        yield return new("dX", columns, CaseRole.OutputGradient) { Fill = signed, GradientOf = "x" };
        foreach (var (l, level) in levels.Index())
        {
            var list = new CellArrays(level, samples);
            CaseTensor Ints(string name, int[] values) =>
                new($"{name}{l}", new Shape(values.Length), CaseRole.Input) { Type = ElementType.Int32, Fill = CaseFills.Given(values), Saved = true };
            yield return Ints("cellCounts", list.Counts);
            yield return Ints("cells", list.Cells);
            yield return Ints("cellStarts", list.Starts);
            yield return Ints("cellSamples", list.Samples);
            yield return new($"cellWeights{l}", new Shape(list.Weights.Length), CaseRole.Input) { Fill = CaseFills.Given(list.Weights), Saved = true };
            bool accumulates = Mode == GradientMode.Accumulate;
            yield return new($"dMap{l}", MapShape(level), CaseRole.Gradient)
            {
                GradientOf = $"map{l}", Accumulates = accumulates, Fill = accumulates ? signed : null, Terms = list.LongestCell,
            };
        }
    }

    private static Shape MapShape(HypercolumnLevel level) => new(level.N, level.H, level.W, level.C);

    private void Backward(CaseRun run, bool masked)
    {
        foreach (var (l, level) in Levels.Index())
        {
            var cells = new CellList(run[$"cellCounts{l}"], run[$"cells{l}"], run[$"cellStarts{l}"], run[$"cellSamples{l}"], run[$"cellWeights{l}"]);
            run.Backend.HypercolumnBackward(run[$"dMap{l}"], run["dX"], cells, masked ? run[$"map{l}"] : null, run.Find("inverseDeviation"), level, M, Mode);
        }
    }

    private int[] DrawSamples()
    {
        var random = new PhiloxStream(Seed, 0x5A3B1E, 0, 0);
        var samples = new int[3 * M];
        for (int m = 0; m < M; m++)
        {
            int source = Distinct > 0 ? m % Distinct : m;
            // Of each image: upper left, upper right, lower left, lower right; then anywhere.
            var (n, y, x) = source < 4 * N
                ? (source % N, source / N / 2 * (H - 1), source / N % 2 * (W - 1))
                : (random.NextInt(N), random.NextInt(H), random.NextInt(W));
            (samples[3 * m], samples[3 * m + 1], samples[3 * m + 2]) = (n, y, x);
        }
        return samples;
    }

    /// <summary>The arrays of one level's cell list; what lies beyond the counts is -1 or NaN, and must not be read.</summary>
    private sealed class CellArrays
    {
        public CellArrays(in HypercolumnLevel level, int[] samples)
        {
            int m = samples.Length / 3, capacity = CellListBuilder.Capacity(level, m);
            (Cells, Starts, Samples, Weights) = (new int[capacity], new int[capacity + 1], new int[4 * m], new double[4 * m]);
            foreach (int[] array in (int[][])[Cells, Starts, Samples]) Array.Fill(array, -1);
            Array.Fill(Weights, double.NaN);
            CellListBuilder.Build<double>(Counts, Cells, Starts, Samples, Weights, samples, level);
            LongestCell = Enumerable.Range(0, Counts[0]).Max(t => Starts[t + 1] - Starts[t]);
        }

        public int[] Counts { get; } = new int[2];

        public int[] Cells { get; }

        public int[] Starts { get; }

        public int[] Samples { get; }

        public double[] Weights { get; }

        public int LongestCell { get; }
    }
}
