// Convolution (cross-correlation), stride 1, zero padding: x [N,H,W,C], w [K,R,S,C], b [K], y [N,P,Q,K].
//
//   forward   y[n,p,q,k]   = relu?(b[k] + sum over r,s,c of w[k,r,s,c] * x[n, p+r-PadH, q+s-PadW, c])
//   backward  dw[k,r,s,c] += sum over n,p,q of dy[n,p,q,k] * x[n, p+r-PadH, q+s-PadW, c]          db[k] += sum over n,p,q of dy[n,p,q,k]
//             dx[n,h,w,c]  = sum over r,s,k of w[k,r,s,c] * dy[n, h-r+PadH, w-s+PadW, k]   where activation > 0, else 0
//
// Derivation: Layers/Conv2d.cs. Fast twins: Cpu/CpuBackend.Conv2d.cs, kernels/conv2d/. Cases: Diagnostics/Cases/Conv2dCase.cs.
using System.Numerics;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Reference;

public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public OpMemoryRequest Describe(in Conv2dSizes sizes) => default;

    /// <inheritdoc/>
    public void Conv2dForward(Tensor y, Tensor x, Tensor w, Tensor? b, in Conv2dSizes sizes, bool relu, OpMemory memory)
    {
        if (IsDouble(y)) Conv2dForward<double>(y, x, w, b, sizes, relu);
        else Conv2dForward<float>(y, x, w, b, sizes, relu);
    }

    /// <inheritdoc/>
    public void Conv2dBackwardInput(Tensor dx, Tensor dy, Tensor w, Tensor? activation, in Conv2dSizes sizes, OpMemory memory)
    {
        if (IsDouble(dx)) Conv2dBackwardInput<double>(dx, dy, w, activation, sizes);
        else Conv2dBackwardInput<float>(dx, dy, w, activation, sizes);
    }

    /// <inheritdoc/>
    public void Conv2dBackwardWeight(Tensor dw, Tensor? db, Tensor dy, Tensor x, in Conv2dSizes sizes, OpMemory memory)
    {
        if (IsDouble(dw)) Conv2dBackwardWeight<double>(dw, db, dy, x, sizes);
        else Conv2dBackwardWeight<float>(dw, db, dy, x, sizes);
    }

    private static void Conv2dForward<T>(Tensor output, Tensor input, Tensor filters, Tensor? bias, Conv2dSizes z, bool relu)
        where T : unmanaged, INumber<T>
    {
        var y = new View<T>(output, z.N, z.P, z.Q, z.K);
        var x = new View<T>(input, z.N, z.H, z.W, z.C);
        var w = new View<T>(filters, z.K, z.R, z.S, z.C);
        var b = new View<T>(bias, z.K);
        for (int n = 0; n < z.N; n++)
            for (int p = 0; p < z.P; p++)
                for (int q = 0; q < z.Q; q++)
                    for (int k = 0; k < z.K; k++)
                    {
                        T sum = b.Exists ? b[k] : T.Zero;
                        for (int r = 0; r < z.R; r++)
                            for (int s = 0; s < z.S; s++)
                            {
                                int row = p + r - z.PadH, column = q + s - z.PadW;
                                if (row < 0 || row >= z.H || column < 0 || column >= z.W) continue; // padding is 0
                                for (int c = 0; c < z.C; c++) sum += w[k, r, s, c] * x[n, row, column, c];
                            }
                        y[n, p, q, k] = relu ? Relu(sum) : sum;
                    }
    }

    private static void Conv2dBackwardInput<T>(Tensor inputGradient, Tensor outputGradient, Tensor filters, Tensor? mask, Conv2dSizes z)
        where T : unmanaged, INumber<T>
    {
        var dx = new View<T>(inputGradient, z.N, z.H, z.W, z.C);
        var dy = new View<T>(outputGradient, z.N, z.P, z.Q, z.K);
        var w = new View<T>(filters, z.K, z.R, z.S, z.C);
        var activation = new View<T>(mask, z.N, z.H, z.W, z.C);
        for (int n = 0; n < z.N; n++)
            for (int row = 0; row < z.H; row++)
                for (int column = 0; column < z.W; column++)
                    for (int c = 0; c < z.C; c++)
                    {
                        T sum = T.Zero;
                        for (int r = 0; r < z.R; r++)
                            for (int s = 0; s < z.S; s++)
                            {
                                int p = row - r + z.PadH, q = column - s + z.PadW;
                                if (p < 0 || p >= z.P || q < 0 || q >= z.Q) continue; // no output there
                                for (int k = 0; k < z.K; k++) sum += w[k, r, s, c] * dy[n, p, q, k];
                            }
                        dx[n, row, column, c] = !activation.Exists || activation[n, row, column, c] > T.Zero ? sum : T.Zero;
                    }
    }

    private static void Conv2dBackwardWeight<T>(Tensor filterGradient, Tensor? biasGradient, Tensor outputGradient, Tensor input, Conv2dSizes z)
        where T : unmanaged, INumber<T>
    {
        var dw = new View<T>(filterGradient, z.K, z.R, z.S, z.C);
        var db = new View<T>(biasGradient, z.K);
        var dy = new View<T>(outputGradient, z.N, z.P, z.Q, z.K);
        var x = new View<T>(input, z.N, z.H, z.W, z.C);
        for (int k = 0; k < z.K; k++)
        {
            for (int r = 0; r < z.R; r++)
                for (int s = 0; s < z.S; s++)
                    for (int c = 0; c < z.C; c++)
                    {
                        T sum = T.Zero;
                        for (int n = 0; n < z.N; n++)
                            for (int p = 0; p < z.P; p++)
                                for (int q = 0; q < z.Q; q++)
                                {
                                    int row = p + r - z.PadH, column = q + s - z.PadW;
                                    if (row < 0 || row >= z.H || column < 0 || column >= z.W) continue; // padding is 0
                                    sum += dy[n, p, q, k] * x[n, row, column, c];
                                }
                        dw[k, r, s, c] += sum;
                    }
            if (!db.Exists) continue;
            T total = T.Zero;
            for (int n = 0; n < z.N; n++)
                for (int p = 0; p < z.P; p++)
                    for (int q = 0; q < z.Q; q++) total += dy[n, p, q, k];
            db[k] += total;
        }
    }
}
