using static PixelNet.Native.Cuda.Kernels.KernelParameter;

namespace PixelNet.Native.Cuda.Kernels;

/// <summary><c>kernels/fill.cu</c>.</summary>
internal static class FillKernels
{
    /// <summary>Sizes: number of elements.</summary>
    public static readonly KernelPass<long> Forward = new("fill_forward", "fill_forward_v1",
        new KernelEntry<long>("fill_forward_v1", count => LaunchShape.Elements(count),
            Pointer("y"), Value<long>("count"), Value<float>("value")));
}
