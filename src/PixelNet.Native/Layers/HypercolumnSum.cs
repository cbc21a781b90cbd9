using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Layers;

/// <summary>
/// The first layer of the head behind a hypercolumn whose levels were projected at their own resolution. The gather is linear, so it commutes with the
/// dense layer that follows: with W = [W_1 ... W_l ...] cut into the columns of each level,
/// <code>W h(m) + b = b + sum over l of W_l gather_l(c_l, m) = b + sum over l of gather_l(W_l c_l, m)
/// y[m] = relu?(y[m] + sum over l of gather_l(u_l, m)),   u_l = W_l c_l at each cell</code>
/// A deep map has far fewer cells than an image has pixels, and W_l is applied once a cell instead of once a pixel; y begins as what the other levels
/// give. Exact but for the order of the sums.
/// </summary>
/// <remarks>Dense prediction only: training gathers few pixels, and there is no gradient. Bansal et al., PixelNet, section 3.2; gpu-kernels.md 3. Twins:
/// <c>Backends/*/…HypercolumnSum.cs</c>.</remarks>
public sealed class HypercolumnSum
{
    /// <summary>Added to [M,C].</summary>
    public required Tensor Y { get; init; }

    /// <summary>Whether a ReLU follows.</summary>
    public required bool Relu { get; init; }

    /// <summary>Y += the sum at the samples.</summary>
    /// <param name="backend">What computes.</param>
    /// <param name="maps">The projected maps [N,H,W,C].</param>
    /// <param name="samples">(image, y, x), int32 [M,3].</param>
    /// <param name="levels">Sizes and strides of the maps; C is that of Y.</param>
    public void Forward(IBackend backend, IReadOnlyList<Tensor> maps, Tensor samples, IReadOnlyList<HypercolumnLevel> levels) =>
        backend.HypercolumnSumForward(Y, maps, samples, levels, Y.Shape[0], Relu);
}
