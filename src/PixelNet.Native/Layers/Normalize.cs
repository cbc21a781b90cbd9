using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Layers;

/// <summary>
/// Bytes to the numbers that the weights expect: y[n,h,w,c] = x[n,h,w,order(c)] * gain[c] + offset[c], with gain = 1/deviation and
/// offset = -mean/deviation (pixelnet.md 1: RGB or BGR order, mean subtracted). An image has no gradient.
/// </summary>
/// <remarks>Nothing is saved. Twins: <c>Backends/*/…Normalize.cs</c>.</remarks>
public sealed class Normalize
{
    /// <summary>The image, uint8 RGB [N,H,W,3].</summary>
    public required Tensor X { get; init; }

    /// <summary>The network's input [N,H,W,3].</summary>
    public required Tensor Y { get; init; }

    /// <summary>N, H, W.</summary>
    public required NormalizeSizes Sizes { get; init; }

    /// <summary>Order, gains and offsets.</summary>
    public required ChannelTransform Transform { get; init; }

    /// <summary>Y from X.</summary>
    public void Forward(IBackend backend) => backend.NormalizeForward(Y, X, Sizes, Transform);
}
