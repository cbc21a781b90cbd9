using PixelNet.Native.Backends;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Cuda;

// Normalize: y [N,H,W,3] float = x [N,H,W,3] uint8, reordered, times gain plus offset of its channel.
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public void NormalizeForward(Tensor y, Tensor x, in NormalizeSizes sizes, in ChannelTransform transform)
    {
        long count = 3L * sizes.N * sizes.H * sizes.W;
        Launch(NormalizeKernels.Forward, count, Floats(y, count), Bytes(x, count), count, KernelArgument.Value(new NormalizeKernels.Transform(transform)));
    }
}
