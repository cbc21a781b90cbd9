using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Layers;

/// <summary>
/// Convolution (cross-correlation, stride 1, zero padding), with the ReLU behind it in the same pass where there is no batch normalisation:
/// <code>y[n,p,q,k] = relu?(b[k] + sum over r,s,c of w[k,r,s,c] * x[n, p+r-PadH, q+s-PadW, c])</code>
/// </summary>
/// <remarks>
/// <para>Gradient. z is linear in each of b, w and x, so each derivative collects dz wherever its factor was used. w[k,r,s,c] multiplies
/// x[n,p+r-PadH,q+s-PadW,c] on its way into z[n,p,q,k]:</para>
/// <code>dw[k,r,s,c] = sum over n,p,q of dz[n,p,q,k] * x[n, p+r-PadH, q+s-PadW, c]        db[k] = sum over n,p,q of dz[n,p,q,k]</code>
/// <para>x[n,h,w,c] reaches the z with p = h-r+PadH and q = w-s+PadW, which is a correlation of dz with the filter turned by 180 degrees, c and k
/// exchanged:</para>
/// <code>dx[n,h,w,c] = sum over r,s,k of w[k,r,s,c] * dz[n, h-r+PadH, w-s+PadW, k]</code>
/// <para>ReLU: dz = dy where y > 0, else 0; whoever writes dY has applied that mask already (an op writes dx masked by the stored output of the
/// ReLU in front of it), so here dY = dz. Saved: x and y. pixelnet.md 9; Bansal et al., PixelNet, section 3. Twins:
/// <c>Backends/*/…Conv2d.cs</c>.</para>
/// </remarks>
public sealed class Conv2d : IPlannedOp
{
    /// <inheritdoc/>
    public required string Name { get; init; }

    /// <summary>N, H, W, C, K, R, S and padding.</summary>
    public required Conv2dSizes Sizes { get; init; }

    /// <summary>Input [N,H,W,C].</summary>
    public required Tensor X { get; init; }

    /// <summary>Output [N,P,Q,K], after the ReLU if there is one here.</summary>
    public required Tensor Y { get; init; }

    /// <summary>Filters [K,R,S,C].</summary>
    public required Tensor Weight { get; init; }

    /// <summary>Bias [K]; null where batch normalisation shifts.</summary>
    public Tensor? Bias { get; init; }

    /// <summary>Whether a ReLU is part of the pass.</summary>
    public required bool Relu { get; init; }

    /// <summary>Gradient of the output before the ReLU [N,P,Q,K]; null in inference.</summary>
    public Tensor? DY { get; init; }

    /// <summary>Gradient of the input [N,H,W,C]; null where nothing below learns.</summary>
    public Tensor? DX { get; init; }

    /// <summary>X, where it is the output of a ReLU whose mask this layer has to apply to DX; else null.</summary>
    public Tensor? Activation { get; init; }

    /// <summary>Gradient of the filters, accumulated; null where they are frozen.</summary>
    public Tensor? DWeight { get; init; }

    /// <summary>Gradient of the bias, accumulated.</summary>
    public Tensor? DBias { get; init; }

    /// <summary>Scratch and derived weights.</summary>
    public OpMemory Memory { get; set; } = new();

    /// <inheritdoc/>
    public OpMemoryRequest Describe(IBackend backend) => backend.Describe(Sizes);

    /// <summary>Y from X.</summary>
    public void Forward(IBackend backend) => backend.Conv2dForward(Y, X, Weight, Bias, Sizes, Relu, Memory);

    /// <summary>DWeight, DBias and DX from DY; each only where it is wanted.</summary>
    public void Backward(IBackend backend)
    {
        if (DWeight is not null) backend.Conv2dBackwardWeight(DWeight, DBias, DY!, X, Sizes, Memory);
        if (DX is not null) backend.Conv2dBackwardInput(DX, DY!, Weight, Activation, Sizes, Memory);
    }
}
