using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Diagnostics.Cases;

/// <summary>2x2 max-pooling. Twins: <c>Layers/MaxPool2d.cs</c>, <c>Backends/*/…MaxPool2d.cs</c>.</summary>
public sealed class MaxPool2dCase : OpCase
{
    /// <summary>The cases: even and odd sizes (a dropped row, column or both), ties, with the mask of the ReLU in front and without.</summary>
    public static IReadOnlyList<OpCase> All { get; } =
    [
        new MaxPool2dCase { Name = "even size", Sizes = new(2, 6, 8, 5) },
        new MaxPool2dCase { Name = "odd size: last row and column dropped", Sizes = new(2, 7, 5, 19) },
        new MaxPool2dCase { Name = "odd height, mask of a ReLU, ties at 0", Sizes = new(1, 5, 6, 33), Activation = true },
        new MaxPool2dCase { Name = "odd width, mask of a ReLU, ties at 0", Sizes = new(3, 4, 7, 16), Activation = true },
        new MaxPool2dCase { Name = "few channels, mask of a ReLU, many windows of zeros", Sizes = new(2, 9, 13, 5), Activation = true },
        new MaxPool2dCase { Name = "ties everywhere", Sizes = new(2, 8, 6, 17), Ties = true },
        new MaxPool2dCase { Name = "one window", Sizes = new(1, 2, 2, 1) },
        new MaxPool2dCase { Name = "3x3 of 3 channels", Sizes = new(1, 3, 3, 3), Activation = true },
        new MaxPool2dCase { Name = "one row: no output", Sizes = new(1, 1, 6, 4) },
        new MaxPool2dCase { Name = "one column: no output", Sizes = new(2, 7, 1, 16), Activation = true },
        new MaxPool2dCase { Name = "eight images, two rows of odd width", Sizes = new(8, 2, 9, 40), Activation = true },
        new MaxPool2dCase { Name = "64 channels, odd", Sizes = new(2, 45, 61, 64), Activation = true, Long = true },
    ];

    /// <inheritdoc/>
    public override string Op => "MaxPool2d";

    /// <summary>N, H, W, C.</summary>
    public required MaxPool2dSizes Sizes { get; init; }

    /// <summary>Whether x is the output of a ReLU whose mask goes into dx.</summary>
    public bool Activation { get; init; }

    /// <summary>Whether x has only three different values.</summary>
    public bool Ties { get; init; }

    /// <inheritdoc/>
    public override long ForwardFlops => 3L * Sizes.N * Sizes.P * Sizes.Q * Sizes.C;

    /// <inheritdoc/>
    public override void Forward(CaseRun run) => run.Backend.MaxPool2dForward(run["y"], run["argmax"], run["x"], Sizes);

    /// <inheritdoc/>
    public override void Backward(CaseRun run) =>
        run.Backend.MaxPool2dBackward(run["dx"], run["dy"], run["argmax"], Activation ? run["x"] : null, Sizes);

    /// <inheritdoc/>
    public override double[]? GradientFactors(CaseRun run, CaseTensor gradient) => Activation ? Mask(run.Read("x")) : null;

    /// <inheritdoc/>
    protected override IEnumerable<CaseTensor> Declare()
    {
        var s = Sizes;
        Shape x = new(s.N, s.H, s.W, s.C), y = new(s.N, s.P, s.Q, s.C);
        var fill = Ties ? CaseFills.Grid(-1, 1, 1) : Activation ? CaseFills.Rectified(1) : CaseFills.Uniform(-1, 1);
        yield return new("x", x, CaseRole.Input) { Fill = fill, Saved = Activation };
        yield return new("y", y, CaseRole.Output) { Exact = true };
        yield return new("argmax", y, CaseRole.Output) { Type = ElementType.UInt8, Branches = true, Saved = true };
        yield return new("dy", y, CaseRole.OutputGradient) { Fill = CaseFills.Uniform(-1, 1), GradientOf = "y" };
        yield return new("dx", x, CaseRole.Gradient) { GradientOf = "x", Exact = true };
    }
}
