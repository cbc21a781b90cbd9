using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Diagnostics.Cases;

/// <summary>Bytes to the network's input. Twins: <c>Layers/Normalize.cs</c>, <c>Backends/*/…Normalize.cs</c>.</summary>
public sealed class NormalizeCase : OpCase
{
    private static readonly ChannelTransform Bgr = new(true, 1, 1, 1, -103.939f, -116.779f, -123.68f);
    private static readonly ChannelTransform Rgb = new(false, 1 / 58.395f, 1 / 57.12f, 1 / 57.375f, -2.117904f, -2.035714f, -1.804444f);

    /// <summary>The cases: both channel orders, the means of both families of pretrained weights.</summary>
    public static IReadOnlyList<OpCase> All { get; } =
    [
        new NormalizeCase { Name = "BGR minus mean", Sizes = new(2, 7, 5), Transform = Bgr },
        new NormalizeCase { Name = "RGB, mean and deviation", Sizes = new(1, 9, 13), Transform = Rgb },
        new NormalizeCase { Name = "one pixel", Sizes = new(1, 1, 1), Transform = Bgr },
        new NormalizeCase { Name = "several chunks", Sizes = new(3, 67, 91), Transform = Rgb, Long = true },
    ];

    /// <inheritdoc/>
    public override string Op => "Normalize";

    /// <summary>N, H, W.</summary>
    public required NormalizeSizes Sizes { get; init; }

    /// <summary>Order, gains, offsets.</summary>
    public required ChannelTransform Transform { get; init; }

    /// <inheritdoc/>
    public override long ForwardFlops => 6L * Sizes.N * Sizes.H * Sizes.W;

    /// <inheritdoc/>
    public override void Forward(CaseRun run) => run.Backend.NormalizeForward(run["y"], run["x"], Sizes, Transform);

    /// <inheritdoc/>
    protected override IEnumerable<CaseTensor> Declare()
    {
        var shape = new Shape(Sizes.N, Sizes.H, Sizes.W, 3);
        yield return new("x", shape, CaseRole.Input) { Type = ElementType.UInt8, Fill = CaseFills.Integers(256) };
        yield return new("y", shape, CaseRole.Output) { Terms = 2 };
    }
}
