using PixelNet.Native.Backends;
using static PixelNet.Native.Cuda.Kernels.KernelParameter;

namespace PixelNet.Native.Cuda.Kernels;

/// <summary><c>kernels/softmax_cross_entropy.cu</c>. A block walks tiles of as many rows as it has threads.</summary>
internal static class SoftmaxCrossEntropyKernels
{
    /// <summary>Bytes of a block's sums.</summary>
    public const int SumBytes = 12;

    private const int MostBlocks = 256, MostTileBytes = 48 << 10;

    private static readonly KernelParameter[] LossParameters = [Pointer("loss"), Pointer("probabilities"), Pointer("logits"), Pointer("targets"), Pointer("classWeights"),
        Value<SoftmaxSizes>("sizes"), Pointer("partials"), Pointer("ticket")];

    public static readonly KernelPass<SoftmaxSizes> Forward = new("softmax_cross_entropy_forward", "softmax_cross_entropy_forward_v2",
        new KernelEntry<SoftmaxSizes>("softmax_cross_entropy_forward_v1", s => Tiles(s, tiled: false), LossParameters),
        new KernelEntry<SoftmaxSizes>("softmax_cross_entropy_forward_v2", s => Tiles(s, tiled: true), LossParameters));

    public static readonly KernelPass<SoftmaxSizes> Backward = new("softmax_cross_entropy_backward", "softmax_cross_entropy_backward_v1",
        new KernelEntry<SoftmaxSizes>("softmax_cross_entropy_backward_v1", s => Tiles(s, tiled: false),
            Pointer("dLogits"), Pointer("loss"), Pointer("probabilities"), Pointer("targets"), Pointer("classWeights"), Value<SoftmaxSizes>("sizes")));

    /// <summary>Loss and gradient in one pass, where nobody asks for probabilities.</summary>
    public static readonly KernelPass<SoftmaxSizes> ForwardBackward = new("softmax_cross_entropy_forward_backward", "softmax_cross_entropy_forward_backward_v1",
        new KernelEntry<SoftmaxSizes>("softmax_cross_entropy_forward_backward_v1", s => Tiles(s, tiled: true),
            [LossParameters[0], Pointer("dLogits"), .. LossParameters[2..]]));

    /// <summary>Rows of a tile [rows][L | 1] in at most 48 KiB of shared memory.</summary>
    private static LaunchShape Tiles(in SoftmaxSizes sizes, bool tiled)
    {
        int rowBytes = (sizes.L | 1) * sizeof(float), threads = 128;
        while (threads > 32 && threads * rowBytes > MostTileBytes) threads /= 2;
        return new(Math.Min(LaunchShape.Blocks(sizes.M, threads), MostBlocks), threads, tiled ? threads * rowBytes : 0);
    }
}
