// Inverted dropout behind a ReLU, p = dropout:
//
//   forward   y[e]  = word(e) < p * 2^32 ? 0 : x[e]/(1 - p),   word(e) = word e % 4 of Philox(key = seed; counter = e/4, stream, step)
//   backward  dx[e] = y[e] > 0 ? dy[e]/(1 - p) : 0             through dropout and ReLU at once, by the stored sign
//
// y may be x, dx may be dy. Derivation: Layers/Dropout.cs; the generator: Philox.cs. Fast twins: Cpu/CpuBackend.Dropout.cs,
// kernels/dropout.cu. Cases: Diagnostics/Cases/DropoutCase.cs.
using System.Numerics;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Reference;

public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public void DropoutForward(Tensor y, Tensor x, float dropout, int stream, Tensor stepState)
    {
        if (IsDouble(y)) DropoutForward<double>(y, x, dropout, stream, stepState);
        else DropoutForward<float>(y, x, dropout, stream, stepState);
    }

    /// <inheritdoc/>
    public void DropoutBackward(Tensor dx, Tensor dy, Tensor y, float dropout)
    {
        if (IsDouble(dx)) DropoutBackward<double>(dx, dy, y, dropout);
        else DropoutBackward<float>(dx, dy, y, dropout);
    }

    private static void DropoutForward<T>(Tensor output, Tensor input, float dropout, int stream, Tensor stepState) where T : unmanaged, IFloatingPoint<T>
    {
        int count = checked((int)output.Count);
        var y = new View<T>(output, count);
        var x = new View<T>(input, count);
        var state = ReadState(stepState);
        uint threshold = Philox.DropoutThreshold(dropout);
        T kept = Real<T>(1 - (double)dropout);
        for (int e = 0; e < count; e++)
        {
            var words = Philox.Dropout(state.Seed, state.Step, stream, (ulong)e / 4);
            uint word = (e % 4) switch { 0 => words.X0, 1 => words.X1, 2 => words.X2, _ => words.X3 };
            y[e] = word < threshold ? T.Zero : x[e] / kept;
        }
    }

    private static void DropoutBackward<T>(Tensor inputGradient, Tensor outputGradient, Tensor output, float dropout) where T : unmanaged, IFloatingPoint<T>
    {
        int count = checked((int)inputGradient.Count);
        var dx = new View<T>(inputGradient, count);
        var dy = new View<T>(outputGradient, count);
        var y = new View<T>(output, count);
        T kept = Real<T>(1 - (double)dropout);
        for (int e = 0; e < count; e++) dx[e] = y[e] > T.Zero ? dy[e] / kept : T.Zero;
    }
}
