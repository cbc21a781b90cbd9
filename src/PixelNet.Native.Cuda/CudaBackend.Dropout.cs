using PixelNet.Native.Backends;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Cuda;

// Dropout: y = x/(1 - p) where the element's Philox word is at least p * 2^32, else 0; backward by the stored sign.
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public void DropoutForward(Tensor y, Tensor x, float dropout, int stream, Tensor stepState)
    {
        long count = y.Count;
        Launch(DropoutKernels.Forward, count, Floats(y, count), Floats(x, count), count, Philox.DropoutThreshold(dropout), Kept(dropout), stream, State(stepState));
    }

    /// <inheritdoc/>
    public void DropoutBackward(Tensor dx, Tensor dy, Tensor y, float dropout)
    {
        long count = dx.Count;
        Launch(DropoutKernels.Backward, count, Floats(dx, count), Floats(dy, count), Floats(y, count), count, Kept(dropout));
    }

    /// <summary>1 - p, rounded once.</summary>
    private static float Kept(float dropout) => (float)(1 - (double)dropout);
}
