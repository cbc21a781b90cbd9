using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Diagnostics.Cases;

/// <summary>Dense layer with ReLU and dropout; its three passes. Twins: <c>Layers/Linear.cs</c>, <c>Backends/*/…Linear.cs</c>.</summary>
public sealed class LinearCase : OpCase
{
    /// <summary>The cases: one row, one column, sizes beside the tiles, dropout in the epilogue, in front, in both and in none.</summary>
    public static IReadOnlyList<OpCase> All { get; } =
    [
        new LinearCase { Name = "odd sizes", Sizes = new(13, 37, 19), Epilogue = new(Relu: true) },
        new LinearCase { Name = "dropout in the epilogue and in front", Sizes = new(29, 18, 21), Epilogue = new(true, 0.4f, 3), InputDropout = 0.3f },
        new LinearCase { Name = "dropout in the epilogue, image in front", Sizes = new(17, 11, 34), Epilogue = new(true, 0.5f, 1), Activation = false },
        new LinearCase { Name = "logits", Sizes = new(50, 24, 19), Epilogue = new(Relu: false), InputDropout = 0.5f },
        new LinearCase { Name = "no bias, nothing else", Sizes = new(9, 16, 16), Epilogue = new(Relu: false), Bias = false, Activation = false },
        new LinearCase { Name = "one row", Sizes = new(1, 33, 40), Epilogue = new(Relu: true) },
        new LinearCase { Name = "one input, one output", Sizes = new(7, 1, 1), Epilogue = new(Relu: true) },
        new LinearCase { Name = "one of each", Sizes = new(1, 1, 1), Epilogue = new(Relu: false), Activation = false },
        new LinearCase { Name = "hypercolumn to 64", Sizes = new(130, 368, 64), Epilogue = new(true, 0.5f), Activation = false, Long = true },
        new LinearCase { Name = "deep: 1472 to 70", Sizes = new(45, 1472, 70), Epilogue = new(true, 0.5f), Activation = false, Long = true },
        new LinearCase { Name = "many rows", Sizes = new(2003, 32, 21), Epilogue = new(Relu: false), InputDropout = 0.5f, Long = true },
    ];

    /// <inheritdoc/>
    public override string Op => "Linear";

    /// <summary>M, In, Out.</summary>
    public required LinearSizes Sizes { get; init; }

    /// <summary>ReLU and dropout behind the product.</summary>
    public required LinearEpilogue Epilogue { get; init; }

    /// <summary>Whether there is a bias.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>Whether x is the output of a ReLU (and dropout) whose mask goes into dx.</summary>
    public bool Activation { get; init; } = true;

    /// <summary>Dropout of the layer in front.</summary>
    public float InputDropout { get; init; }

    /// <inheritdoc/>
    public override long ForwardFlops => Sizes.Flops;

    /// <inheritdoc/>
    public override long BackwardFlops => 2 * Sizes.Flops;

    /// <inheritdoc/>
    public override OpMemoryRequest Describe(IBackend backend) => backend.Describe(Sizes);

    /// <inheritdoc/>
    public override void Forward(CaseRun run) =>
        run.Backend.LinearForward(run["y"], run["x"], run["w"], run.Find("b"), Sizes, Epilogue, run.Find("step"), run.Memory);

    /// <inheritdoc/>
    public override void Prepare(CaseRun run)
    {
        if (Epilogue.Relu) WriteMasked(run, "dz", "dy", "y", Epilogue.Dropout);
    }

    /// <inheritdoc/>
    public override void Backward(CaseRun run)
    {
        var dz = run.Find("dz") ?? run["dy"];
        run.Backend.LinearBackwardWeight(run["dw"], run.Find("db"), dz, run["x"], Sizes, run.Memory);
        run.Backend.LinearBackwardInput(run["dx"], dz, run["w"], Activation ? run["x"] : null, InputDropout, Sizes, run.Memory);
    }

    /// <inheritdoc/>
    public override double[]? GradientFactors(CaseRun run, CaseTensor gradient) =>
        gradient.Name != "dx" ? null : Activation ? Mask(run.Read("x"), InputDropout) : null;

    /// <inheritdoc/>
    public override bool Magnitudes(CaseRun run)
    {
        var dz = run.Find("dz") ?? run["dy"];
        run.Backend.LinearForward(run["y"], run["x"], run["w"], run.Find("b"), Sizes, Epilogue with { Relu = false }, run.Find("step"), run.Memory);
        run.Backend.LinearBackwardWeight(run["dw"], run.Find("db"), dz, run["x"], Sizes, run.Memory);
        run.Backend.LinearBackwardInput(run["dx"], dz, run["w"], Activation ? run["x"] : null, InputDropout, Sizes, run.Memory);
        return true;
    }

    /// <inheritdoc/>
    protected override IEnumerable<CaseTensor> Declare()
    {
        var s = Sizes;
        Shape x = new(s.M, s.In), y = new(s.M, s.Out), w = new(s.Out, s.In), b = new(s.Out);
        var signed = CaseFills.Uniform(-1, 1);
        yield return new("x", x, CaseRole.Input) { Fill = Activation ? CaseFills.Rectified(1) : signed, Saved = true };
        yield return new("w", w, CaseRole.Parameter) { Fill = signed, Saved = true };
        if (Bias) yield return new("b", b, CaseRole.Parameter) { Fill = signed };
        if (Epilogue.Dropout > 0) yield return CaseStep.Tensor();
        yield return new("y", y, CaseRole.Output) { Terms = s.In, Branches = Epilogue.Relu };
        yield return new("dy", y, CaseRole.OutputGradient) { Fill = signed, GradientOf = "y" };
        if (Epilogue.Relu) yield return new("dz", y, CaseRole.Prepared);
        yield return new("dw", w, CaseRole.Gradient) { Fill = signed, GradientOf = "w", Accumulates = true, Terms = s.M };
        if (Bias) yield return new("db", b, CaseRole.Gradient) { Fill = signed, GradientOf = "b", Accumulates = true, Terms = s.M };
        yield return new("dx", x, CaseRole.Gradient) { GradientOf = "x", Terms = s.Out };
    }
}
