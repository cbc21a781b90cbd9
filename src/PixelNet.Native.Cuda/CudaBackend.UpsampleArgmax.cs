using PixelNet.Native.Backends;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Cuda;

// UpsampleArgmax: labels [OutH,OutW] = argmax over L of scores [H,W,L], interpolated bilinearly with half-pixel centres.
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public void UpsampleArgmaxForward(Tensor labels, Tensor scores, in UpsampleSizes sizes)
    {
        // The kernel's coordinates are integers in units of half an output pixel.
        if (2L * sizes.OutH * sizes.H > int.MaxValue || 2L * sizes.OutW * sizes.W > int.MaxValue)
            throw new ArgumentException($"scores of {sizes.H}x{sizes.W} cannot be brought to {sizes.OutH}x{sizes.OutW}: twice the product of the extents of an axis is more than 2^31");
        Launch(UpsampleArgmaxKernels.Forward, sizes, Bytes(labels, (long)sizes.OutH * sizes.OutW), Floats(scores, (long)sizes.H * sizes.W * sizes.L), KernelArgument.Value(sizes));
    }
}
