using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Diagnostics.Cases;

/// <summary>Convolution; its three passes. Twins: <c>Layers/Conv2d.cs</c>, <c>Backends/*/…Conv2d.cs</c>.</summary>
public sealed class Conv2dCase : OpCase
{
    /// <summary>The cases: tiles of the kernels straddled in every direction, filters larger than the map, no padding, no bias, no masks.</summary>
    public static IReadOnlyList<OpCase> All { get; } =
    [
        new Conv2dCase { Name = "image layer, odd size", Sizes = new(2, 7, 9, 3, 16, 3, 3, 1, 1), Activation = false },
        new Conv2dCase { Name = "odd size, 5 to 17 channels", Sizes = new(2, 5, 7, 5, 17, 3, 3, 1, 1) },
        new Conv2dCase { Name = "33 to 31 channels", Sizes = new(1, 6, 5, 33, 31, 3, 3, 1, 1) },
        new Conv2dCase { Name = "one pixel", Sizes = new(1, 1, 1, 4, 6, 3, 3, 1, 1) },
        new Conv2dCase { Name = "one row", Sizes = new(1, 1, 13, 8, 8, 3, 3, 1, 1) },
        new Conv2dCase { Name = "one column, three images", Sizes = new(3, 11, 1, 2, 3, 3, 3, 1, 1) },
        new Conv2dCase { Name = "1x1 filter", Sizes = new(2, 4, 5, 19, 20, 1, 1, 0, 0) },
        new Conv2dCase { Name = "1x1 filter, padded", Sizes = new(1, 3, 4, 6, 5, 1, 1, 1, 1) },
        new Conv2dCase { Name = "7x7 filter larger than the map (fc6)", Sizes = new(1, 3, 4, 5, 7, 7, 7, 3, 3) },
        new Conv2dCase { Name = "2x3 filter, padded sideways only", Sizes = new(2, 6, 5, 4, 9, 2, 3, 0, 1) },
        new Conv2dCase { Name = "no padding", Sizes = new(1, 6, 7, 3, 4, 3, 3, 0, 0) },
        new Conv2dCase { Name = "before batch normalisation: no bias, no ReLU", Sizes = new(2, 6, 4, 7, 12, 3, 3, 1, 1), Bias = false, Relu = false },
        new Conv2dCase { Name = "no ReLU, no mask in front", Sizes = new(1, 5, 5, 8, 16, 3, 3, 1, 1), Relu = false, Activation = false },
        new Conv2dCase { Name = "eight images of odd size", Sizes = new(8, 5, 9, 16, 24, 3, 3, 1, 1) },
        new Conv2dCase { Name = "one row, 32 channels", Sizes = new(1, 1, 21, 32, 32, 3, 3, 1, 1) },
        new Conv2dCase { Name = "one column, 32 channels, four images", Sizes = new(4, 17, 1, 32, 16, 3, 3, 1, 1) },
        new Conv2dCase { Name = "deep: 520 channels", Sizes = new(1, 4, 3, 520, 18, 3, 3, 1, 1), Long = true },
        new Conv2dCase { Name = "wide: 224 columns", Sizes = new(1, 9, 224, 16, 33, 3, 3, 1, 1), Long = true },
        new Conv2dCase { Name = "64 to 128 channels", Sizes = new(2, 19, 23, 64, 128, 3, 3, 1, 1), Long = true },
    ];

    /// <inheritdoc/>
    public override string Op => "Conv2d";

    /// <summary>N, H, W, C, K, R, S and padding.</summary>
    public required Conv2dSizes Sizes { get; init; }

    /// <summary>Whether there is a bias.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>Whether the ReLU is part of the forward pass.</summary>
    public bool Relu { get; init; } = true;

    /// <summary>Whether x is the output of a ReLU whose mask goes into dx.</summary>
    public bool Activation { get; init; } = true;

    /// <inheritdoc/>
    public override long ForwardFlops => Sizes.Flops;

    /// <inheritdoc/>
    public override long BackwardFlops => 2 * Sizes.Flops;

    /// <inheritdoc/>
    public override OpMemoryRequest Describe(IBackend backend) => backend.Describe(Sizes);

    /// <inheritdoc/>
    public override void Forward(CaseRun run) =>
        run.Backend.Conv2dForward(run["y"], run["x"], run["w"], run.Find("b"), Sizes, Relu, run.Memory);

    /// <inheritdoc/>
    public override void Prepare(CaseRun run)
    {
        if (Relu) WriteMasked(run, "dz", "dy", "y");
    }

    /// <inheritdoc/>
    public override void Backward(CaseRun run)
    {
        var dz = run.Find("dz") ?? run["dy"];
        run.Backend.Conv2dBackwardWeight(run["dw"], run.Find("db"), dz, run["x"], Sizes, run.Memory);
        run.Backend.Conv2dBackwardInput(run["dx"], dz, run["w"], Activation ? run["x"] : null, Sizes, run.Memory);
    }

    /// <inheritdoc/>
    public override double[]? GradientFactors(CaseRun run, CaseTensor gradient) => Activation && gradient.Name == "dx" ? Mask(run.Read("x")) : null;

    /// <inheritdoc/>
    public override bool Magnitudes(CaseRun run)
    {
        var dz = run.Find("dz") ?? run["dy"];
        run.Backend.Conv2dForward(run["y"], run["x"], run["w"], run.Find("b"), Sizes, relu: false, run.Memory);
        run.Backend.Conv2dBackwardWeight(run["dw"], run.Find("db"), dz, run["x"], Sizes, run.Memory);
        run.Backend.Conv2dBackwardInput(run["dx"], dz, run["w"], null, Sizes, run.Memory);
        return true;
    }

    /// <inheritdoc/>
    protected override IEnumerable<CaseTensor> Declare()
    {
        var s = Sizes;
        Shape x = new(s.N, s.H, s.W, s.C), y = new(s.N, s.P, s.Q, s.K), w = new(s.K, s.R, s.S, s.C), b = new(s.K);
        long filter = (long)s.R * s.S * s.C, positions = (long)s.N * s.P * s.Q;
        var signed = CaseFills.Uniform(-1, 1);
        yield return new("x", x, CaseRole.Input) { Fill = Activation ? CaseFills.Rectified(1) : signed, Saved = true };
        yield return new("w", w, CaseRole.Parameter) { Fill = signed, Saved = true };
        if (Bias) yield return new("b", b, CaseRole.Parameter) { Fill = signed };
        yield return new("y", y, CaseRole.Output) { Terms = filter, Branches = Relu };
        yield return new("dy", y, CaseRole.OutputGradient) { Fill = signed, GradientOf = "y" };
        if (Relu) yield return new("dz", y, CaseRole.Prepared);
        yield return new("dw", w, CaseRole.Gradient) { Fill = signed, GradientOf = "w", Accumulates = true, Terms = positions };
        if (Bias) yield return new("db", b, CaseRole.Gradient) { Fill = signed, GradientOf = "b", Accumulates = true, Terms = positions };
        yield return new("dx", x, CaseRole.Gradient) { GradientOf = "x", Terms = (long)s.R * s.S * s.K };
    }
}
