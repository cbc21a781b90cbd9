using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Layers;

/// <summary>
/// Inverted dropout, in place, behind a ReLU: y = m*x with m = 1/(1-p) with probability 1-p, else 0. The head's dense layers have it in their
/// epilogue; this one follows the convolutions fc6 and fc7.
/// </summary>
/// <remarks>
/// <para>Gradient. dx = m*dy, and the ReLU in front lets through what was positive. y > 0 exactly where the element was positive and kept, so one
/// look at the stored sign does both: <c>dx = y > 0 ? dy/(1-p) : 0</c>. With p = 0 it is the gradient of a ReLU alone.</para>
/// <para>The mask is not stored: element e takes word e % 4 of Philox(key = seed; counter = e/4, stream, step). pixelnet.md 9; Srivastava et al.,
/// 2014. Twins: <c>Backends/*/…Dropout.cs</c>.</para>
/// </remarks>
public sealed class Dropout
{
    /// <summary>The values, before and after.</summary>
    public required Tensor Y { get; init; }

    /// <summary>Gradient of the output, which becomes the gradient before the ReLU in place; null in inference.</summary>
    public Tensor? DY { get; init; }

    /// <summary>Probability p of a zero.</summary>
    public required float Probability { get; init; }

    /// <summary>Philox stream of this layer.</summary>
    public int Stream { get; init; }

    /// <summary>Drops out.</summary>
    public void Forward(IBackend backend, Tensor stepState) => backend.DropoutForward(Y, Y, Probability, Stream, stepState);

    /// <summary>DY before from DY behind.</summary>
    public void Backward(IBackend backend) => backend.DropoutBackward(DY!, DY!, Y, Probability);
}
