using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Diagnostics.Cases;

/// <summary>
/// Labels at another size. Labels have to be the reference's: drawn scores differ by far more than rounding, and those with ties lie on a grid on
/// which float is exact. Twins: <c>Layers/UpsampleArgmax.cs</c>, <c>Backends/*/…UpsampleArgmax.cs</c>.
/// </summary>
public sealed class UpsampleArgmaxCase : OpCase
{
    /// <summary>The cases: larger, smaller and equal sizes, uneven factors, one row, one cell, one class, more classes than a block, ties.</summary>
    public static IReadOnlyList<OpCase> All { get; } =
    [
        new UpsampleArgmaxCase { Name = "8 times larger", Sizes = new(3, 5, 19, 24, 40) },
        new UpsampleArgmaxCase { Name = "uneven factors", Sizes = new(7, 6, 11, 33, 17) },
        new UpsampleArgmaxCase { Name = "smaller", Sizes = new(16, 21, 5, 7, 6) },
        new UpsampleArgmaxCase { Name = "same size", Sizes = new(9, 8, 19, 9, 8) },
        new UpsampleArgmaxCase { Name = "one cell", Sizes = new(1, 1, 6, 5, 4) },
        new UpsampleArgmaxCase { Name = "one row, one class", Sizes = new(1, 9, 1, 3, 20) },
        new UpsampleArgmaxCase { Name = "70 classes", Sizes = new(4, 4, 70, 9, 9) },
        new UpsampleArgmaxCase { Name = "ties: the first wins", Sizes = new(5, 6, 7, 10, 12), Ties = true },
        new UpsampleArgmaxCase { Name = "a small picture", Sizes = new(28, 56, 19, 224, 448), Long = true },
    ];

    /// <inheritdoc/>
    public override string Op => "UpsampleArgmax";

    /// <summary>H, W, L, OutH, OutW.</summary>
    public required UpsampleSizes Sizes { get; init; }

    /// <summary>Whether scores have four values only; with factors of 2, weights are quarters and float is exact.</summary>
    public bool Ties { get; init; }

    /// <inheritdoc/>
    public override long ForwardFlops => 8L * Sizes.OutH * Sizes.OutW * Sizes.L;

    /// <inheritdoc/>
    public override void Forward(CaseRun run) => run.Backend.UpsampleArgmaxForward(run["labels"], run["scores"], Sizes);

    /// <inheritdoc/>
    protected override IEnumerable<CaseTensor> Declare()
    {
        var fill = Ties ? CaseFills.Grid(0, 0.75, 0.25) : CaseFills.Uniform(0, 1);
        yield return new("scores", new Shape(Sizes.H, Sizes.W, Sizes.L), CaseRole.Input) { Fill = fill };
        yield return new("labels", new Shape(Sizes.OutH, Sizes.OutW), CaseRole.Output) { Type = ElementType.UInt8, Exact = true };
    }
}
