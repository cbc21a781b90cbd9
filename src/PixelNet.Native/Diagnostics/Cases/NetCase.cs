using PixelNet.Native.Backends;
using PixelNet.Native.Model;

namespace PixelNet.Native.Diagnostics.Cases;

/// <summary>
/// One tiny whole net on one small batch: what no single op shows, the order at the taps, the masks and the wiring. Declared once for the gradient
/// check and the parity check; <see cref="NetRun"/> gives it memory and values.
/// </summary>
public sealed record NetCase
{
    /// <summary>The nets: each switch is on in one and off in another.</summary>
    public static IReadOnlyList<NetCase> All { get; } =
    [
        new()
        {
            Name = "batch norm, all taps, standardised, dropout, class weights",
            Config = Tiny() with { BatchNorm = true, Taps = PixelNetConfig.TapNames, StandardizeTaps = true, Dropout = 0.25f },
            Input = new(3, 32, 65), ClassWeights = true,
            Tolerance = CaseTolerance.Float32 with
            {
                NormWise = 5e-5,
                Reason = "a batch normalisation undoes the scale of what is in front of it, so gradients of scales are small differences of large sums",
            },
        },
        new()
        {
            Name = "biases, all taps, dropout, composed head",
            Config = Tiny() with { Taps = PixelNetConfig.TapNames, Dropout = 0.25f, HeadKernel = HeadKernel.Composed },
            Input = new(2, 37, 34),
        },
        new()
        {
            Name = "affine-free batch norm, two taps, linear head",
            Config = Tiny() with { BatchNorm = true, BatchNormAffine = false, Taps = ["conv2_2", "conv3_3"], Head = [] },
            Input = new(3, 21, 26), ClassWeights = true,
        },
        new()
        {
            Name = "frozen statistics, frozen first block, standardised",
            Config = Tiny() with { BatchNorm = true, Freeze = ["bn*", "conv1_*"], Taps = ["conv1_2", "conv4_3"], StandardizeTaps = true },
            Input = new(1, 27, 32),
        },
    ];

    /// <summary>What stands for the op in tables.</summary>
    public const string Op = "PixelNet";

    /// <summary>What is special about it.</summary>
    public required string Name { get; init; }

    /// <summary>The net; float and double run the same.</summary>
    public required PixelNetConfig Config { get; init; }

    /// <summary>N, H, W.</summary>
    public required NormalizeSizes Input { get; init; }

    /// <summary>M: few, so that most cells of the shallow maps are touched by none.</summary>
    public int Samples { get; init; } = 30;

    /// <summary>Whether classes have weights.</summary>
    public bool ClassWeights { get; init; }

    /// <summary>
    /// Step of the central differences. A loss of size 1 is known to 1e-16 times its condition, so slopes of 1e-2 are known to about 1e-8; a longer
    /// step would cross more ReLUs of the thousands.
    /// </summary>
    public double Step { get; init; } = 1e-6;

    /// <summary>Limit of a float backend's gradients, norm-wise.</summary>
    public CaseTolerance Tolerance { get; init; } = CaseTolerance.Float32;

    /// <summary>Name.</summary>
    public override string ToString() => $"{Op}: {Name}";

    private static PixelNetConfig Tiny() => new() { Width = 1.0 / 64, Head = [9, 7], Classes = 5 };
}
