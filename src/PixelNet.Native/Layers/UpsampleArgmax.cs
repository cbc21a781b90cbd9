using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Layers;

/// <summary>
/// Labels at the output's size: scores [H,W,L] are interpolated bilinearly with half-pixel centres, t = (o + 0.5)*n/outN - 0.5 clamped to [0, n-1],
/// and the largest class wins (the first of equals). Probabilities are interpolated, never labels (pixelnet.md 5 and 8).
/// </summary>
/// <remarks>Prediction only: there is no gradient. Twins: <c>Backends/*/…UpsampleArgmax.cs</c>.</remarks>
public sealed class UpsampleArgmax
{
    /// <summary>H, W, L, OutH, OutW.</summary>
    public required UpsampleSizes Sizes { get; init; }

    /// <summary>Scores; its first H*W*L elements are [H,W,L].</summary>
    public required Tensor Scores { get; init; }

    /// <summary>Train ids, uint8 [OutH,OutW].</summary>
    public required Tensor Labels { get; init; }

    /// <summary>Labels from Scores.</summary>
    public void Forward(IBackend backend) => backend.UpsampleArgmaxForward(Labels, Scores, Sizes);
}
