using PixelNet.Native.Tensors;

namespace PixelNet.Native.Diagnostics.Cases;

/// <summary>Inverted dropout behind a ReLU. Twins: <c>Layers/Dropout.cs</c>, <c>Backends/*/…Dropout.cs</c>.</summary>
public sealed class DropoutCase : OpCase
{
    /// <summary>The cases: lengths beside the generator's four words and beside chunks of threads; in place; probabilities from 0 to 0.95.</summary>
    public static IReadOnlyList<OpCase> All { get; } =
    [
        new DropoutCase { Name = "half", Count = 1000, Probability = 0.5f },
        new DropoutCase { Name = "length beside the words", Count = 4 * 67 + 3, Probability = 0.3f, Stream = 2 },
        new DropoutCase { Name = "one element", Count = 1, Probability = 0.5f, Seed = 3 },
        new DropoutCase { Name = "in place", Count = 517, Probability = 0.25f, Stream = 5, InPlace = true },
        new DropoutCase { Name = "few kept", Count = 900, Probability = 0.95f, Stream = 1 },
        new DropoutCase { Name = "none dropped: a ReLU's gradient", Count = 333, Probability = 0 },
        new DropoutCase { Name = "several chunks", Count = 40_001, Probability = 0.5f, Stream = 7, Long = true },
    ];

    /// <inheritdoc/>
    public override string Op => "Dropout";

    /// <summary>Elements.</summary>
    public required int Count { get; init; }

    /// <summary>p: probability of a zero.</summary>
    public required float Probability { get; init; }

    /// <summary>Philox stream.</summary>
    public int Stream { get; init; }

    /// <summary>Whether y is x and dx is dy.</summary>
    public bool InPlace { get; init; }

    /// <inheritdoc/>
    public override long ForwardFlops => Count;

    /// <inheritdoc/>
    public override long BackwardFlops => Count;

    /// <inheritdoc/>
    public override void Forward(CaseRun run)
    {
        if (InPlace) run.Copy("y", "x");
        run.Backend.DropoutForward(run["y"], run[InPlace ? "y" : "x"], Probability, Stream, run["step"]);
    }

    /// <inheritdoc/>
    public override void Backward(CaseRun run)
    {
        if (InPlace) run.Copy("dx", "dy");
        run.Backend.DropoutBackward(run["dx"], run[InPlace ? "dx" : "dy"], run["y"], Probability);
    }

    /// <inheritdoc/>
    public override double[]? GradientFactors(CaseRun run, CaseTensor gradient) => Mask(run.Read("x"));

    /// <inheritdoc/>
    protected override IEnumerable<CaseTensor> Declare()
    {
        var shape = new Shape(Count);
        yield return new("x", shape, CaseRole.Input) { Fill = CaseFills.Rectified(2) };
        yield return CaseStep.Tensor();
        yield return new("y", shape, CaseRole.Output) { Branches = true, Saved = true };
        yield return new("dy", shape, CaseRole.OutputGradient) { Fill = CaseFills.Uniform(-1, 1), GradientOf = "y" };
        yield return new("dx", shape, CaseRole.Gradient) { GradientOf = "x" };
    }
}
