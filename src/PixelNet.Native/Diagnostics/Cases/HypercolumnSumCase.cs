using PixelNet.Native.Backends;
using PixelNet.Native.Sampling;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Diagnostics.Cases;

/// <summary>
/// Sum of projected maps at samples, the corners of the images among them. Twins: <c>Layers/HypercolumnSum.cs</c>,
/// <c>Backends/*/…HypercolumnSum.cs</c>.
/// </summary>
public sealed class HypercolumnSumCase : OpCase
{
    /// <summary>The cases: odd sizes, one level, maps of one cell, channels beside the registers, with and without ReLU.</summary>
    public static IReadOnlyList<OpCase> All { get; } =
    [
        new HypercolumnSumCase { Name = "three levels, odd size", N = 2, H = 27, W = 19, C = 33, M = 50, Strides = [2, 4, 8] },
        new HypercolumnSumCase { Name = "no ReLU", N = 1, H = 16, W = 24, C = 16, M = 30, Strides = [4, 8], Relu = false },
        new HypercolumnSumCase { Name = "one level of stride 1", N = 1, H = 6, W = 5, C = 7, M = 12, Strides = [1] },
        new HypercolumnSumCase { Name = "maps of one cell", N = 3, H = 20, W = 31, C = 40, M = 25, Strides = [16, 16] },
        new HypercolumnSumCase { Name = "eight images of one row", N = 8, H = 1, W = 29, C = 17, M = 60, Strides = [1] },
        new HypercolumnSumCase { Name = "four levels, odd size", N = 1, H = 67, W = 45, C = 20, M = 90, Strides = [4, 8, 16, 32] },
        new HypercolumnSumCase { Name = "four levels, 256 channels", N = 1, H = 96, W = 70, C = 256, M = 500, Strides = [4, 8, 16, 32], Long = true },
    ];

    /// <inheritdoc/>
    public override string Op => "HypercolumnSum";

    /// <summary>Images.</summary>
    public required int N { get; init; }

    /// <summary>Height of the images.</summary>
    public required int H { get; init; }

    /// <summary>Width of the images.</summary>
    public required int W { get; init; }

    /// <summary>Channels of every map.</summary>
    public required int C { get; init; }

    /// <summary>Samples.</summary>
    public required int M { get; init; }

    /// <summary>Nominal stride of each level; its map has H/stride rows, rounded down.</summary>
    public required IReadOnlyList<int> Strides { get; init; }

    /// <summary>Whether a ReLU follows.</summary>
    public bool Relu { get; init; } = true;

    /// <summary>Sizes of the levels.</summary>
    public IReadOnlyList<HypercolumnLevel> Levels => [.. Strides.Select(stride => new HypercolumnLevel(N, H / stride, W / stride, C, stride, 0))];

    /// <inheritdoc/>
    public override long ForwardFlops => 8L * M * C * Strides.Count;

    /// <inheritdoc/>
    public override void Forward(CaseRun run)
    {
        // y is added to: it begins as the first layer's other part.
        run.Copy("y", "start");
        run.Backend.HypercolumnSumForward(run["y"], run.List("map"), run["samples"], Levels, M, Relu);
    }

    /// <inheritdoc/>
    public override bool Magnitudes(CaseRun run)
    {
        Forward(run);
        return true;
    }

    /// <inheritdoc/>
    protected override IEnumerable<CaseTensor> Declare()
    {
        var signed = CaseFills.Uniform(-1, 1);
        foreach (var (l, level) in Levels.Index()) yield return new($"map{l}", new Shape(level.N, level.H, level.W, C), CaseRole.Input) { Fill = signed };
        yield return new("samples", new Shape(M, 3), CaseRole.Input) { Type = ElementType.Int32, Fill = CaseFills.Given(DrawSamples()) };
        yield return new("start", new Shape(M, C), CaseRole.Input) { Fill = signed };
        yield return new("y", new Shape(M, C), CaseRole.Output) { Terms = 4 * Strides.Count + 1, Branches = Relu };
    }

    private int[] DrawSamples()
    {
        var random = new PhiloxStream(Seed, 0x5A3B1E, 0, 0);
        var samples = new int[3 * M];
        for (int m = 0; m < M; m++)
        {
            var (n, y, x) = m < 4 * N ? (m % N, m / N / 2 * (H - 1), m / N % 2 * (W - 1)) : (random.NextInt(N), random.NextInt(H), random.NextInt(W));
            (samples[3 * m], samples[3 * m + 1], samples[3 * m + 2]) = (n, y, x);
        }
        return samples;
    }
}
