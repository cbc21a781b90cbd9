using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Diagnostics.Cases;

/// <summary>Softmax and mean weighted cross-entropy. Twins: <c>Layers/SoftmaxCrossEntropy.cs</c>, <c>Backends/*/…SoftmaxCrossEntropy.cs</c>.</summary>
public sealed class SoftmaxCrossEntropyCase : OpCase
{
    /// <summary>The cases: ignored rows among others and alone, class weights (0 among them), one class, one row, large logits, in place.</summary>
    public static IReadOnlyList<OpCase> All { get; } =
    [
        new SoftmaxCrossEntropyCase { Name = "19 classes", Sizes = new(33, 19) },
        new SoftmaxCrossEntropyCase { Name = "ignored rows, class weights", Sizes = new(70, 19), Targets = CaseTargets.SomeIgnored, ClassWeights = true },
        new SoftmaxCrossEntropyCase { Name = "ignored rows, in place", Sizes = new(41, 7), Targets = CaseTargets.SomeIgnored, InPlace = true },
        new SoftmaxCrossEntropyCase { Name = "every row ignored", Sizes = new(12, 5), Targets = CaseTargets.AllIgnored, ClassWeights = true },
        new SoftmaxCrossEntropyCase { Name = "logits to +-60", Sizes = new(25, 11), Range = 60 },
        new SoftmaxCrossEntropyCase { Name = "one class", Sizes = new(6, 1) },
        new SoftmaxCrossEntropyCase { Name = "one row", Sizes = new(1, 20), ClassWeights = true },
        new SoftmaxCrossEntropyCase { Name = "several chunks", Sizes = new(3001, 20), Targets = CaseTargets.SomeIgnored, ClassWeights = true, Long = true },
    ];

    /// <inheritdoc/>
    public override string Op => "SoftmaxCrossEntropy";

    /// <summary>M, L.</summary>
    public required SoftmaxSizes Sizes { get; init; }

    /// <summary>Which rows count.</summary>
    public CaseTargets Targets { get; init; }

    /// <summary>Whether classes have weights; that of the last one is 0 where there is more than one.</summary>
    public bool ClassWeights { get; init; }

    /// <summary>Logits lie in +- this.</summary>
    public double Range { get; init; } = 4;

    /// <summary>Whether the probabilities are written over the logits, and dLogits over the probabilities.</summary>
    public bool InPlace { get; init; }

    /// <inheritdoc/>
    public override long ForwardFlops => 5L * Sizes.M * Sizes.L;

    /// <inheritdoc/>
    public override long BackwardFlops => 2L * Sizes.M * Sizes.L;

    /// <inheritdoc/>
    public override void Forward(CaseRun run)
    {
        if (InPlace) run.Copy("probabilities", "logits");
        run.Backend.SoftmaxCrossEntropyForward(run["loss"], run["probabilities"], run[InPlace ? "probabilities" : "logits"],
            run["targets"], run.Find("classWeights"), Sizes);
    }

    /// <inheritdoc/>
    public override void Backward(CaseRun run)
    {
        if (InPlace) run.Copy("dLogits", "probabilities");
        run.Backend.SoftmaxCrossEntropyBackward(run["dLogits"], run["loss"], run[InPlace ? "dLogits" : "probabilities"],
            run["targets"], run.Find("classWeights"), Sizes);
    }

    /// <summary>The loss itself.</summary>
    public override double Objective(CaseRun run) => run.Read("loss")[0];

    /// <inheritdoc/>
    protected override IEnumerable<CaseTensor> Declare()
    {
        Shape logits = new(Sizes.M, Sizes.L);
        // exp(z) turns the rounding of z, eps*|z|, into a relative error; K = Range^2 puts sqrt(K) = Range into the limit.
        long terms = (long)(Range * Range) + Sizes.L;
        yield return new("logits", logits, CaseRole.Input) { Fill = CaseFills.Uniform(-Range, Range) };
        yield return CaseLabels.Targets(Sizes.M, Sizes.L, Targets);
        if (ClassWeights) yield return CaseLabels.Weights(Sizes.L);
        yield return new("loss", new Shape(3), CaseRole.Output) { Mixed = true, Saved = true, Terms = Sizes.M };
        yield return new("probabilities", logits, CaseRole.Output) { Saved = true, Terms = terms };
        yield return new("dLogits", logits, CaseRole.Gradient) { GradientOf = "logits", Terms = terms + Sizes.M };
    }
}
