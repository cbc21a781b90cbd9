using System.Numerics;
using PixelNet.Native.Backends;
using PixelNet.Native.Ptx.Execution;
using static PixelNet.Native.Cuda.Kernels.KernelParameter;

namespace PixelNet.Native.Cuda.Kernels;

/// <summary><c>kernels/batch_norm.cu</c>. Lanes lie along the channels; sums over rows are cut into chunks by the shape alone.</summary>
internal static class BatchNormKernels
{
    private const int MostThreads = 256, MostChunks = 256, ChunkRows = 128, MostRowBlocks = 4096;

    private static readonly KernelParameter Sizes = Value<BatchNormSizes>("sizes");

    public static readonly KernelPass<BatchNormSizes> ForwardStatistics = new("batch_norm_forward_statistics", "batch_norm_forward_statistics_v1",
        new KernelEntry<BatchNormSizes>("batch_norm_forward_statistics_v1", s => Columns(s, Chunks(s)), Pointer("partials"), Pointer("x"), Sizes));

    public static readonly KernelPass<BatchNormSizes> ForwardFinish = new("batch_norm_forward_finish", "batch_norm_forward_finish_v1",
        new KernelEntry<BatchNormSizes>("batch_norm_forward_finish_v1", s => Columns(s, 1),
            Pointer("savedMean"), Pointer("savedInverseDeviation"), Pointer("runningMean"), Pointer("runningVariance"), Pointer("affine"), Pointer("partials"),
            Pointer("x"), Pointer("gamma"), Pointer("beta"), Sizes, Value<int>("chunks"), Value<float>("epsilon"), Value<float>("momentum")));

    public static readonly KernelPass<BatchNormSizes> Forward = new("batch_norm_forward", "batch_norm_forward_v1",
        new KernelEntry<BatchNormSizes>("batch_norm_forward_v1", Elements, Pointer("y"), Pointer("x"), Pointer("savedMean"), Pointer("affine"), Sizes, Value<int>("relu")));

    public static readonly KernelPass<BatchNormSizes> BackwardSums = new("batch_norm_backward_sums", "batch_norm_backward_sums_v1",
        new KernelEntry<BatchNormSizes>("batch_norm_backward_sums_v1", s => Columns(s, Chunks(s)),
            Pointer("partials"), Pointer("dy"), Pointer("x"), Pointer("y"), Pointer("savedMean"), Pointer("savedInverseDeviation"), Sizes));

    public static readonly KernelPass<BatchNormSizes> BackwardFinish = new("batch_norm_backward_finish", "batch_norm_backward_finish_v1",
        new KernelEntry<BatchNormSizes>("batch_norm_backward_finish_v1", s => Columns(s, 1),
            Pointer("dgamma"), Pointer("dbeta"), Pointer("means"), Pointer("partials"), Pointer("savedInverseDeviation"), Sizes, Value<int>("chunks")));

    public static readonly KernelPass<BatchNormSizes> Backward = new("batch_norm_backward", "batch_norm_backward_v1",
        new KernelEntry<BatchNormSizes>("batch_norm_backward_v1", Elements, Pointer("dx"), Pointer("dy"), Pointer("x"), Pointer("y"), Pointer("gamma"),
            Pointer("savedMean"), Pointer("savedInverseDeviation"), Pointer("means"), Sizes));

    /// <summary>Chunks of rows that are summed by themselves.</summary>
    public static int Chunks(BatchNormSizes sizes) => Math.Clamp(sizes.Rows / ChunkRows, 1, MostChunks);

    // Blocks 32 channels wide, or, where there are fewer, as wide as the rows; their height is a power of two.
    private static LaunchShape Columns(in BatchNormSizes sizes, int gridRows)
    {
        int width = Math.Clamp(sizes.C, 1, 32);
        return new(new Dim3(LaunchShape.Blocks(sizes.C, width), gridRows), new Dim3(width, 1 << BitOperations.Log2(MostThreads / (uint)width)));
    }

    private static LaunchShape Elements(BatchNormSizes sizes)
    {
        var shape = Columns(sizes, 1);
        return shape with { Grid = shape.Grid with { Y = Math.Clamp(LaunchShape.Blocks(sizes.Rows, 4 * shape.Block.Y), 1, MostRowBlocks) } };
    }
}
