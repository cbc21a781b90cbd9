// Labels at another size: scores [H,W,L], labels uint8 [OutH,OutW].
//
//   t = clamp((o + 0.5)*n/outN - 0.5, 0, n-1) per axis, i = floor(t), f = t - i;   v[l] = bilinear value of scores[.,.,l];   label = first l with
//   the largest v[l]
//
// Prediction only. Layers/UpsampleArgmax.cs. Fast twins: Cpu/CpuBackend.UpsampleArgmax.cs, kernels/upsample_argmax.cu. Cases:
// Diagnostics/Cases/UpsampleArgmaxCase.cs.
using System.Numerics;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Reference;

public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public void UpsampleArgmaxForward(Tensor labels, Tensor scores, in UpsampleSizes sizes)
    {
        if (IsDouble(scores)) UpsampleArgmaxForward<double>(labels, scores, sizes);
        else UpsampleArgmaxForward<float>(labels, scores, sizes);
    }

    private static void UpsampleArgmaxForward<T>(Tensor labelTensor, Tensor scoreTensor, UpsampleSizes z) where T : unmanaged, IFloatingPoint<T>
    {
        var labels = new View<byte>(labelTensor, z.OutH, z.OutW);
        var scores = new View<T>(scoreTensor, z.H, z.W, z.L);
        for (int y = 0; y < z.OutH; y++)
            for (int x = 0; x < z.OutW; x++)
            {
                var (y0, y1, fractionY) = Between(y, z.H, z.OutH);
                var (x0, x1, fractionX) = Between(x, z.W, z.OutW);
                T fy = Real<T>(fractionY), fx = Real<T>(fractionX), one = T.One;
                int label = 0;
                T largest = Value(0);
                for (int l = 1; l < z.L; l++)
                    if (Value(l) > largest) (largest, label) = (Value(l), l);
                labels[y, x] = (byte)label;

                T Value(int l) => (one - fy) * (one - fx) * scores[y0, x0, l] + (one - fy) * fx * scores[y0, x1, l]
                    + fy * (one - fx) * scores[y1, x0, l] + fy * fx * scores[y1, x1, l];
            }
    }

    private static (int First, int Second, double Fraction) Between(int o, int n, int outN)
    {
        double t = Math.Clamp((o + 0.5) * n / outN - 0.5, 0, n - 1);
        return ((int)t, Math.Min((int)t + 1, n - 1), t - (int)t);
    }
}
