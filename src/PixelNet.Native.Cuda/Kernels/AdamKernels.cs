using PixelNet.Native.Backends;
using static PixelNet.Native.Cuda.Kernels.KernelParameter;

namespace PixelNet.Native.Cuda.Kernels;

/// <summary><c>kernels/adam.cu</c>.</summary>
internal static class AdamKernels
{
    /// <summary>Sizes: segments and the longest one's elements.</summary>
    public static readonly KernelPass<(int Segments, long Longest)> Update = new("adam_update", "adam_update_v1",
        new KernelEntry<(int Segments, long Longest)>("adam_update_v1", s => SgdMomentumKernels.Segments(s.Segments, s.Longest),
            Pointer("w"), Pointer("m"), Pointer("v"), Pointer("g"), Pointer("segments"), Value<AdamOptions>("options"), Pointer("state")));
}
