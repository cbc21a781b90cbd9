using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Diagnostics.Cases;

/// <summary>The head in one call: all layers, the loss and all gradients. Twins: <c>Layers/PixelMlp.cs</c>, <c>Backends/*/…PixelMlp.cs</c>.</summary>
public sealed class PixelMlpCase : OpCase
{
    /// <summary>The cases: none to three hidden layers, dropout, ignored rows, class weights, one row, rows beside the chunks, no gradient of x.</summary>
    public static IReadOnlyList<OpCase> All { get; } =
    [
        new PixelMlpCase { Name = "two hidden layers", Sizes = new(37, 29, [20, 17], 19) },
        new PixelMlpCase
        {
            Name = "dropout, ignored rows, class weights", Sizes = new(130, 35, [33, 18], 11), Dropout = 0.4f,
            Targets = CaseTargets.SomeIgnored, ClassWeights = true,
        },
        new PixelMlpCase { Name = "three hidden layers, x wants no gradient", Sizes = new(50, 12, [16, 9, 31], 5), Dropout = 0.25f, WantsDX = false },
        new PixelMlpCase { Name = "linear classifier", Sizes = new(61, 24, [], 19), ClassWeights = true },
        new PixelMlpCase { Name = "wider than a GPU block keeps", Sizes = new(5, 3, [257], 4), Dropout = 0.3f, Targets = CaseTargets.SomeIgnored },
        new PixelMlpCase { Name = "one row", Sizes = new(1, 10, [8], 4) },
        new PixelMlpCase { Name = "every row ignored", Sizes = new(9, 6, [7], 3), Targets = CaseTargets.AllIgnored },
        new PixelMlpCase
        {
            Name = "hypercolumn of 368, several chunks", Sizes = new(515, 368, [64, 64], 19), Dropout = 0.5f,
            Targets = CaseTargets.SomeIgnored, Long = true,
        },
    ];

    /// <inheritdoc/>
    public override string Op => "PixelMlp";

    /// <summary>M, D, hidden widths, L.</summary>
    public required PixelMlpSizes Sizes { get; init; }

    /// <summary>Dropout behind each hidden layer.</summary>
    public float Dropout { get; init; }

    /// <summary>Which rows count.</summary>
    public CaseTargets Targets { get; init; }

    /// <summary>Whether classes have weights.</summary>
    public bool ClassWeights { get; init; }

    /// <summary>Whether dX is asked for.</summary>
    public bool WantsDX { get; init; } = true;

    /// <inheritdoc/>
    public override long ForwardFlops => Layers.Sum(layer => layer.Flops);

    /// <inheritdoc/>
    public override long BackwardFlops => 2 * ForwardFlops - (WantsDX ? 0 : Sizes.Layer(0).Flops);

    private IEnumerable<LinearSizes> Layers => Enumerable.Range(0, Sizes.Hidden.Count + 1).Select(Sizes.Layer);

    /// <inheritdoc/>
    public override OpMemoryRequest Describe(IBackend backend) => backend.Describe(Sizes);

    /// <inheritdoc/>
    public override void Forward(CaseRun run) => run.Backend.PixelMlpForward(run["loss"], run["probabilities"], run.List("hidden"),
        run["x"], run.List("w"), run.List("b"), run["targets"], run.Find("classWeights"), Sizes, Dropout, run["step"], run.Memory);

    /// <inheritdoc/>
    public override void Backward(CaseRun run) => run.Backend.PixelMlpBackward(run.Find("dX"), run.List("dw"), run.List("db"),
        run.List("dHidden"), run["dLogits"], run["loss"], run["probabilities"], run.List("hidden"), run["x"], run.List("w"), run["targets"],
        run.Find("classWeights"), Sizes, Dropout, run.Memory);

    /// <summary>The loss itself.</summary>
    public override double Objective(CaseRun run) => run.Read("loss")[0];

    /// <inheritdoc/>
    protected override IEnumerable<CaseTensor> Declare()
    {
        int m = Sizes.M, last = Sizes.Hidden.Count;
        // Rounding travels through all layers in front.
        long terms = Layers.Sum(layer => (long)Math.Max(layer.In, layer.Out));
        var signed = CaseFills.Uniform(-1, 1);
        yield return new("x", new Shape(m, Sizes.D), CaseRole.Input) { Fill = signed, Saved = true };
        foreach (var (i, layer) in Layers.Index())
        {
            // Variance 2/In: values keep their size from layer to layer.
            double limit = Math.Sqrt(6.0 / layer.In);
            yield return new($"w{i}", new Shape(layer.Out, layer.In), CaseRole.Parameter) { Fill = CaseFills.Uniform(-limit, limit), Saved = true };
            yield return new($"b{i}", new Shape(layer.Out), CaseRole.Parameter) { Fill = CaseFills.Uniform(-0.5, 0.5) };
        }
        yield return CaseLabels.Targets(m, Sizes.L, Targets);
        if (ClassWeights) yield return CaseLabels.Weights(Sizes.L);
        yield return CaseStep.Tensor();
        for (int i = 0; i < last; i++)
            yield return new($"hidden{i}", new Shape(m, Sizes.Hidden[i]), CaseRole.Output) { Branches = true, Saved = true, Terms = terms };
        yield return new("probabilities", new Shape(m, Sizes.L), CaseRole.Output) { Saved = true, Terms = terms };
        yield return new("loss", new Shape(3), CaseRole.Output) { Mixed = true, Saved = true, Terms = m };
        yield return new("dLogits", new Shape(m, Sizes.L), CaseRole.Gradient) { Terms = terms };
        for (int i = 0; i < last; i++)
            yield return new($"dHidden{i}", new Shape(m, Sizes.Hidden[i]), CaseRole.Gradient) { Terms = terms };
        foreach (var (i, layer) in Layers.Index())
        {
            CaseTensor Gradient(string of, Shape shape) =>
                new($"d{of}", shape, CaseRole.Gradient) { Fill = signed, GradientOf = of, Accumulates = true, Terms = m + terms };
            yield return Gradient($"w{i}", new Shape(layer.Out, layer.In));
            yield return Gradient($"b{i}", new Shape(layer.Out));
        }
        if (WantsDX) yield return new("dX", new Shape(m, Sizes.D), CaseRole.Gradient) { GradientOf = "x", Terms = terms };
    }
}
