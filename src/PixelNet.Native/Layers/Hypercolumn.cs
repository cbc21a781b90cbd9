using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Layers;

/// <summary>
/// The hypercolumn of a pixel: the bilinear values of all tapped maps at its position, one below the other. Sample m = (image n, y, x), level l of
/// stride r:
/// <code>t = clamp((p + 0.5)/r - 0.5, 0, size-1)   for p = y and p = x;   i = floor(t), f = t - i
/// h_l(m) = (1-fy)(1-fx) c[n,iy,ix] + (1-fy) fx c[n,iy,ix+1] + fy (1-fx) c[n,iy+1,ix] + fy fx c[n,iy+1,ix+1]
/// x[m] = (h(m) - mean) * inverseDeviation    where taps are standardised, else h(m)</code>
/// </summary>
/// <remarks>
/// <para>Gradient. Positions are data, so h is linear in c with the four weights as coefficients, and a cell's gradient sums what all samples around
/// it send back:</para>
/// <code>dc[n,y,x] = inverseDeviation * sum over samples m of image n, corners (a,b) with (y_a,x_b) = (y,x), of weight_ab(m) * dx[m]</code>
/// <para>The sum is walked by cell, not by sample (<see cref="CellList"/>), so it has one order and needs no atomics. A tapped map has two readers,
/// the next stage's pool and this gather: the pool's backward has written dMap before, this one adds to it and then applies the mask of the ReLU
/// that made the map, once, on the sum. The last tapped map has no pool: there it overwrites. Corners that coincide at a border simply add.</para>
/// <para>Saved: nothing but the maps themselves (for their sign). Bansal et al., PixelNet, section 3.2; pixelnet.md 2 and 9. Twins:
/// <c>Backends/*/…Hypercolumn.cs</c>, <see cref="HypercolumnCoordinates"/>.</para>
/// </remarks>
public sealed class Hypercolumn
{
    /// <summary>The tapped maps [N,H,W,C], shallow to deep.</summary>
    public required IReadOnlyList<Tensor> Maps { get; init; }

    /// <summary>Their sizes, strides and first columns.</summary>
    public required IReadOnlyList<HypercolumnLevel> Levels { get; init; }

    /// <summary>(image, y, x), int32 [M,3].</summary>
    public required Tensor Samples { get; init; }

    /// <summary>Output [M,D].</summary>
    public required Tensor X { get; init; }

    /// <summary>Mean of each column [D]; null where taps are not standardised.</summary>
    public Tensor? Mean { get; init; }

    /// <summary>1/deviation of each column [D].</summary>
    public Tensor? InverseDeviation { get; init; }

    /// <summary>Gradient of the output [M,D]; null in inference.</summary>
    public Tensor? DX { get; init; }

    /// <summary>Gradients of the maps.</summary>
    public IReadOnlyList<Tensor?> DMaps { get; init; } = [];

    /// <summary>Which samples touch which cells, per level.</summary>
    public IReadOnlyList<CellList> Cells { get; init; } = [];

    /// <summary>The maps, where this layer has to apply the mask of their ReLU; null where a batch normalisation or dropout does.</summary>
    public IReadOnlyList<Tensor?> Activations { get; init; } = [];

    /// <summary>M: number of samples.</summary>
    public int SampleCount => X.Shape[0];

    /// <summary>X from the maps, at this layer's samples.</summary>
    public void Forward(IBackend backend) => Forward(backend, Samples);

    /// <summary>X from the maps, at other samples (dense prediction goes tile by tile).</summary>
    public void Forward(IBackend backend, Tensor samples) =>
        backend.HypercolumnForward(X, Maps, samples, Mean, InverseDeviation, Levels, SampleCount);

    /// <summary>X before standardisation: what the statistics are measured on.</summary>
    public void ForwardRaw(IBackend backend) => backend.HypercolumnForward(X, Maps, Samples, null, null, Levels, SampleCount);

    /// <summary>The gradient of one map from DX: added to what the pool wrote, or, without a pool, written.</summary>
    public void Backward(IBackend backend, int level, GradientMode mode) =>
        backend.HypercolumnBackward(DMaps[level]!, DX!, Cells[level], Activations[level], InverseDeviation, Levels[level], SampleCount, mode);
}
