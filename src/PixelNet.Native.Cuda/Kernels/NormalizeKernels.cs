using PixelNet.Native.Backends;
using static PixelNet.Native.Cuda.Kernels.KernelParameter;

namespace PixelNet.Native.Cuda.Kernels;

/// <summary><c>kernels/normalize.cu</c>.</summary>
internal static class NormalizeKernels
{
    /// <summary><c>ChannelTransform</c> as the kernel has it: a C int for the bool.</summary>
    public readonly struct Transform(in ChannelTransform transform)
    {
        public readonly int ReverseChannels = transform.ReverseChannels ? 1 : 0;
        public readonly float Gain0 = transform.Gain0, Gain1 = transform.Gain1, Gain2 = transform.Gain2;
        public readonly float Offset0 = transform.Offset0, Offset1 = transform.Offset1, Offset2 = transform.Offset2;
    }

    /// <summary>Sizes: number of elements.</summary>
    public static readonly KernelPass<long> Forward = new("normalize_forward", "normalize_forward_v1",
        new KernelEntry<long>("normalize_forward_v1", count => LaunchShape.Elements(count),
            Pointer("y"), Pointer("x"), Value<long>("count"), Value<Transform>("transform")));
}
