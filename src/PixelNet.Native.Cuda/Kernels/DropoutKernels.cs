using static PixelNet.Native.Cuda.Kernels.KernelParameter;

namespace PixelNet.Native.Cuda.Kernels;

/// <summary><c>kernels/dropout.cu</c>.</summary>
internal static class DropoutKernels
{
    /// <summary>Sizes: number of elements; a thread takes four.</summary>
    public static readonly KernelPass<long> Forward = new("dropout_forward", "dropout_forward_v1",
        new KernelEntry<long>("dropout_forward_v1", count => LaunchShape.Elements((count + 3) / 4),
            Pointer("y"), Pointer("x"), Value<long>("count"), Value<uint>("threshold"), Value<float>("kept"), Value<int>("stream"), Pointer("state")));

    /// <summary>Sizes: number of elements.</summary>
    public static readonly KernelPass<long> Backward = new("dropout_backward", "dropout_backward_v1",
        new KernelEntry<long>("dropout_backward_v1", count => LaunchShape.Elements(count),
            Pointer("dx"), Pointer("dy"), Pointer("y"), Value<long>("count"), Value<float>("kept")));
}
