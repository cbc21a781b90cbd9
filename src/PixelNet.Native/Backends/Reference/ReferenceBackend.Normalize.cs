// Bytes to numbers: x uint8 RGB [N,H,W,3], y [N,H,W,3]; y[n,h,w,c] = x[n,h,w,order(c)] * gain[c] + offset[c], order(c) = c or 2 - c.
//
// Images need no gradient. Layers/Normalize.cs. Fast twins: Cpu/CpuBackend.Normalize.cs, kernels/normalize.cu. Cases:
// Diagnostics/Cases/NormalizeCase.cs.
using System.Numerics;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Reference;

public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public void NormalizeForward(Tensor y, Tensor x, in NormalizeSizes sizes, in ChannelTransform transform)
    {
        if (IsDouble(y)) NormalizeForward<double>(y, x, sizes, transform);
        else NormalizeForward<float>(y, x, sizes, transform);
    }

    private static void NormalizeForward<T>(Tensor output, Tensor input, NormalizeSizes z, ChannelTransform transform) where T : unmanaged, IFloatingPoint<T>
    {
        var y = new View<T>(output, z.N, z.H, z.W, 3);
        var x = new View<byte>(input, z.N, z.H, z.W, 3);
        for (int n = 0; n < z.N; n++)
            for (int row = 0; row < z.H; row++)
                for (int column = 0; column < z.W; column++)
                    for (int c = 0; c < 3; c++)
                    {
                        T pixel = Real<T>(x[n, row, column, transform.ReverseChannels ? 2 - c : c]);
                        y[n, row, column, c] = pixel * Real<T>(transform.Gain(c)) + Real<T>(transform.Offset(c));
                    }
    }
}
