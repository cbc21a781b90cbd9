// The largest of each 2x2 window, stride 2, P = H/2 and Q = W/2 rounded down: x [N,H,W,C], y and argmax [N,P,Q,C].
//
//   forward   y[n,p,q,c] = max over i,j in {0,1} of x[n,2p+i,2q+j,c];   argmax = 2i + j of the first that is largest
//   backward  dx[n,2p+i,2q+j,c] = dy[n,p,q,c] if argmax[n,p,q,c] = 2i + j (and activation > 0), else 0; a dropped row or column: 0
//
// Derivation: Layers/MaxPool2d.cs. Fast twins: Cpu/CpuBackend.MaxPool2d.cs, kernels/maxpool2d.cu. Cases: Diagnostics/Cases/MaxPool2dCase.cs.
using System.Numerics;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Reference;

public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public void MaxPool2dForward(Tensor y, Tensor argmax, Tensor x, in MaxPool2dSizes sizes)
    {
        if (IsDouble(y)) MaxPool2dForward<double>(y, argmax, x, sizes);
        else MaxPool2dForward<float>(y, argmax, x, sizes);
    }

    /// <inheritdoc/>
    public void MaxPool2dBackward(Tensor dx, Tensor dy, Tensor argmax, Tensor? activation, in MaxPool2dSizes sizes)
    {
        if (IsDouble(dx)) MaxPool2dBackward<double>(dx, dy, argmax, activation, sizes);
        else MaxPool2dBackward<float>(dx, dy, argmax, activation, sizes);
    }

    private static void MaxPool2dForward<T>(Tensor output, Tensor positions, Tensor input, MaxPool2dSizes z) where T : unmanaged, INumber<T>
    {
        var y = new View<T>(output, z.N, z.P, z.Q, z.C);
        var argmax = new View<byte>(positions, z.N, z.P, z.Q, z.C);
        var x = new View<T>(input, z.N, z.H, z.W, z.C);
        for (int n = 0; n < z.N; n++)
            for (int p = 0; p < z.P; p++)
                for (int q = 0; q < z.Q; q++)
                    for (int c = 0; c < z.C; c++)
                    {
                        int best = 0;
                        for (int position = 1; position < 4; position++)
                            if (x[n, 2 * p + position / 2, 2 * q + position % 2, c] > x[n, 2 * p + best / 2, 2 * q + best % 2, c]) best = position;
                        y[n, p, q, c] = x[n, 2 * p + best / 2, 2 * q + best % 2, c];
                        argmax[n, p, q, c] = (byte)best;
                    }
    }

    private static void MaxPool2dBackward<T>(Tensor inputGradient, Tensor outputGradient, Tensor positions, Tensor? mask, MaxPool2dSizes z)
        where T : unmanaged, INumber<T>
    {
        var dx = new View<T>(inputGradient, z.N, z.H, z.W, z.C);
        var dy = new View<T>(outputGradient, z.N, z.P, z.Q, z.C);
        var argmax = new View<byte>(positions, z.N, z.P, z.Q, z.C);
        var activation = new View<T>(mask, z.N, z.H, z.W, z.C);
        for (int n = 0; n < z.N; n++)
            for (int row = 0; row < z.H; row++)
                for (int column = 0; column < z.W; column++)
                    for (int c = 0; c < z.C; c++)
                    {
                        int p = row / 2, q = column / 2;
                        bool inWindow = p < z.P && q < z.Q;
                        bool won = inWindow && argmax[n, p, q, c] == 2 * (row % 2) + column % 2;
                        bool open = !activation.Exists || activation[n, row, column, c] > T.Zero;
                        dx[n, row, column, c] = won && open ? dy[n, p, q, c] : T.Zero;
                    }
    }
}
