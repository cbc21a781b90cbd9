// The hypercolumn: sample m = (image n, y, x), level l of map c [N,H,W,C] and stride r, columns d = Column .. Column+C-1 of x [M,D].
//
//   t = clamp((p + 0.5)/r - 0.5, 0, size-1) for p = y and p = x; i = floor(t), f = t - i                      (HypercolumnCoordinates)
//   forward   h[m,d] = (1-fy)(1-fx) c[n,iy,ix] + (1-fy) fx c[n,iy,ix+1] + fy (1-fx) c[n,iy+1,ix] + fy fx c[n,iy+1,ix+1]
//             x[m,d] = (h[m,d] - mean[d]) * inverseDeviation[d]   where given
//   backward  dc[cell] = (or +=) inverseDeviation * sum over the entries (m, weight) of the cell of weight * dX[m,d];
//             then, where an activation is given, 0 wherever it is not positive, in cells that no sample touches too
//
// Derivation: Layers/Hypercolumn.cs. The entries: CellList, Sampling/CellListBuilder.cs. Fast twins: Cpu/CpuBackend.Hypercolumn.cs,
// kernels/hypercolumn.cu. Cases: Diagnostics/Cases/HypercolumnCase.cs.
using System.Numerics;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Reference;

public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public void HypercolumnForward(Tensor x, IReadOnlyList<Tensor> maps, Tensor samples, Tensor? mean, Tensor? inverseDeviation,
        IReadOnlyList<HypercolumnLevel> levels, int sampleCount)
    {
        for (int l = 0; l < levels.Count; l++)
            if (IsDouble(x)) HypercolumnForward<double>(x, maps[l], samples, mean, inverseDeviation, levels[l], sampleCount);
            else HypercolumnForward<float>(x, maps[l], samples, mean, inverseDeviation, levels[l], sampleCount);
    }

    /// <inheritdoc/>
    public void HypercolumnBackward(Tensor dMap, Tensor dX, CellList cells, Tensor? activation, Tensor? inverseDeviation,
        in HypercolumnLevel level, int sampleCount, GradientMode mode)
    {
        if (IsDouble(dMap)) HypercolumnBackward<double>(dMap, dX, cells, activation, inverseDeviation, level, sampleCount, mode);
        else HypercolumnBackward<float>(dMap, dX, cells, activation, inverseDeviation, level, sampleCount, mode);
    }

    private static void HypercolumnForward<T>(Tensor columns, Tensor map, Tensor positions, Tensor? meanTensor, Tensor? inverseTensor,
        HypercolumnLevel level, int sampleCount) where T : unmanaged, IFloatingPoint<T>
    {
        int width = columns.Shape[1];
        View<T> x = new(columns, sampleCount, width), mean = new(meanTensor, width), inverse = new(inverseTensor, width);
        var c = new View<T>(map, level.N, level.H, level.W, level.C);
        var samples = new View<int>(positions, sampleCount, 3);
        for (int m = 0; m < sampleCount; m++)
        {
            int n = samples[m, 0];
            var (y0, y1, fractionY) = HypercolumnCoordinates.Map(samples[m, 1], level.Stride, level.H);
            var (x0, x1, fractionX) = HypercolumnCoordinates.Map(samples[m, 2], level.Stride, level.W);
            T fy = Real<T>(fractionY), fx = Real<T>(fractionX), one = T.One;
            for (int k = 0; k < level.C; k++)
            {
                int d = level.Column + k;
                T h = (one - fy) * (one - fx) * c[n, y0, x0, k] + (one - fy) * fx * c[n, y0, x1, k]
                    + fy * (one - fx) * c[n, y1, x0, k] + fy * fx * c[n, y1, x1, k];
                if (mean.Exists) h -= mean[d];
                if (inverse.Exists) h *= inverse[d];
                x[m, d] = h;
            }
        }
    }

    private static void HypercolumnBackward<T>(Tensor mapGradient, Tensor columnGradient, CellList cells, Tensor? mask, Tensor? inverseTensor,
        HypercolumnLevel level, int sampleCount, GradientMode mode) where T : unmanaged, IFloatingPoint<T>
    {
        int width = columnGradient.Shape[1], cellCount = level.N * level.H * level.W, entries = 4 * sampleCount;
        int touched = new View<int>(cells.Counts, 2)[0];
        View<int> cell = new(cells.Cells, touched), start = new(cells.Starts, touched + 1), sample = new(cells.Samples, entries);
        View<T> weight = new(cells.Weights, entries), dX = new(columnGradient, sampleCount, width), inverse = new(inverseTensor, width);
        View<T> dc = new(mapGradient, cellCount, level.C), activation = new(mask, cellCount, level.C);

        if (mode == GradientMode.Overwrite)
            for (int i = 0; i < cellCount; i++)
                for (int k = 0; k < level.C; k++) dc[i, k] = T.Zero;
        for (int t = 0; t < touched; t++)
            for (int k = 0; k < level.C; k++)
            {
                int d = level.Column + k;
                T sum = T.Zero;
                for (int e = start[t]; e < start[t + 1]; e++) sum += weight[e] * dX[sample[e], d];
                dc[cell[t], k] += inverse.Exists ? sum * inverse[d] : sum;
            }
        if (!activation.Exists) return;
        for (int i = 0; i < cellCount; i++)
            for (int k = 0; k < level.C; k++)
                if (!(activation[i, k] > T.Zero)) dc[i, k] = T.Zero;
    }
}
