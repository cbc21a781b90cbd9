using PixelNet.Native.Backends;
using static PixelNet.Native.Cuda.Kernels.KernelParameter;

namespace PixelNet.Native.Cuda.Kernels;

/// <summary><c>kernels/upsample_argmax.cu</c>.</summary>
internal static class UpsampleArgmaxKernels
{
    public static readonly KernelPass<UpsampleSizes> Forward = new("upsample_argmax_forward", "upsample_argmax_forward_v1",
        new KernelEntry<UpsampleSizes>("upsample_argmax_forward_v1", s => new(new(LaunchShape.Blocks(s.OutW, 32), LaunchShape.Blocks(s.OutH, 8)), new(32, 8)),
            Pointer("labels"), Pointer("scores"), Value<UpsampleSizes>("sizes")));
}
