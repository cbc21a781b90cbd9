using static PixelNet.Native.Cuda.Kernels.KernelParameter;

namespace PixelNet.Native.Cuda.Kernels;

/// <summary><c>kernels/sgd_momentum.cu</c>.</summary>
internal static class SgdMomentumKernels
{
    /// <summary>Sizes: segments and the longest one's elements.</summary>
    public static readonly KernelPass<(int Segments, long Longest)> Update = new("sgd_momentum_update", "sgd_momentum_update_v1",
        new KernelEntry<(int Segments, long Longest)>("sgd_momentum_update_v1", s => Segments(s.Segments, s.Longest),
            Pointer("w"), Pointer("velocity"), Pointer("g"), Pointer("segments"), Value<float>("momentum"), Value<float>("weightDecay"), Pointer("state")));

    /// <summary>A grid row a segment; the longest one gets a thread four elements.</summary>
    internal static LaunchShape Segments(int segments, long longest) => new(new(LaunchShape.Blocks(Math.Min(longest, 1 << 22), 1024), segments), 256);
}
