using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Layers;

/// <summary>
/// The largest value of each 2x2 window, stride 2: y[n,p,q,c] = max over (i,j) in {0,1}^2 of x[n,2p+i,2q+j,c]; an odd last row or column is dropped.
/// </summary>
/// <remarks>
/// <para>Gradient. y equals the one x that won, so its derivative is 1 for that x and 0 for the others. Windows do not overlap:</para>
/// <code>dx[n,2p+i,2q+j,c] = dy[n,p,q,c] if (i,j) = argmax[n,p,q,c], else 0</code>
/// <para>Ties: the first in row-major order wins, forward and backward alike, which is why the position is saved and not found again by value (after
/// a ReLU, ties at 0 are common). Saved: argmax, one byte. pixelnet.md 9. Twins: <c>Backends/*/…MaxPool2d.cs</c>.</para>
/// </remarks>
public sealed class MaxPool2d
{
    /// <summary>N, H, W, C.</summary>
    public required MaxPool2dSizes Sizes { get; init; }

    /// <summary>Input [N,H,W,C].</summary>
    public required Tensor X { get; init; }

    /// <summary>Output [N,H/2,W/2,C].</summary>
    public required Tensor Y { get; init; }

    /// <summary>Position 0..3 of each maximum, uint8 [N,H/2,W/2,C].</summary>
    public required Tensor Argmax { get; init; }

    /// <summary>Gradient of the output; null in inference.</summary>
    public Tensor? DY { get; init; }

    /// <summary>Gradient of the input, overwritten.</summary>
    public Tensor? DX { get; init; }

    /// <summary>X, where it is the output of a ReLU whose mask this layer has to apply to DX; null where the gather at this tap, or a batch
    /// normalisation, does it.</summary>
    public Tensor? Activation { get; init; }

    /// <summary>Y and Argmax from X.</summary>
    public void Forward(IBackend backend) => backend.MaxPool2dForward(Y, Argmax, X, Sizes);

    /// <summary>DX from DY.</summary>
    public void Backward(IBackend backend) => backend.MaxPool2dBackward(DX!, DY!, Argmax, Activation, Sizes);
}
