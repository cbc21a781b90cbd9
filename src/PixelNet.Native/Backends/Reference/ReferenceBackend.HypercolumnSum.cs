// The sum of a hypercolumn's projected levels: sample m = (image n, y, x), level l of map u_l [N,H,W,C] and stride r_l.
//
//   y[m,c] = relu?(y[m,c] + sum over l of u_l at (m, c), bilinear as in ReferenceBackend.Hypercolumn.cs)
//
// Why: Layers/HypercolumnSum.cs. Fast twins: Cpu/CpuBackend.HypercolumnSum.cs, kernels/hypercolumn_sum.cu. Cases:
// Diagnostics/Cases/HypercolumnSumCase.cs.
using System.Numerics;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Reference;

public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public void HypercolumnSumForward(Tensor y, IReadOnlyList<Tensor> maps, Tensor samples, IReadOnlyList<HypercolumnLevel> levels, int sampleCount, bool relu)
    {
        if (IsDouble(y)) HypercolumnSumForward<double>(y, maps, samples, levels, sampleCount, relu);
        else HypercolumnSumForward<float>(y, maps, samples, levels, sampleCount, relu);
    }

    private static void HypercolumnSumForward<T>(Tensor output, IReadOnlyList<Tensor> maps, Tensor positions, IReadOnlyList<HypercolumnLevel> levels,
        int sampleCount, bool relu) where T : unmanaged, IFloatingPoint<T>
    {
        int channels = output.Shape[1];
        var y = new View<T>(output, sampleCount, channels);
        var samples = new View<int>(positions, sampleCount, 3);
        for (int m = 0; m < sampleCount; m++)
        {
            for (int l = 0; l < levels.Count; l++)
            {
                var level = levels[l];
                var u = new View<T>(maps[l], level.N, level.H, level.W, channels);
                int n = samples[m, 0];
                var (y0, y1, fractionY) = HypercolumnCoordinates.Map(samples[m, 1], level.Stride, level.H);
                var (x0, x1, fractionX) = HypercolumnCoordinates.Map(samples[m, 2], level.Stride, level.W);
                T fy = Real<T>(fractionY), fx = Real<T>(fractionX), one = T.One;
                for (int c = 0; c < channels; c++)
                    y[m, c] += (one - fy) * (one - fx) * u[n, y0, x0, c] + (one - fy) * fx * u[n, y0, x1, c]
                        + fy * (one - fx) * u[n, y1, x0, c] + fy * fx * u[n, y1, x1, c];
            }
            if (!relu) continue;
            for (int c = 0; c < channels; c++)
                if (y[m, c] < T.Zero) y[m, c] = T.Zero;
        }
    }
}
