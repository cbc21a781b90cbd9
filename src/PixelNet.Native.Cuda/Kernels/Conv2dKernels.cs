using PixelNet.Native.Backends;
using static PixelNet.Native.Cuda.Kernels.KernelParameter;

namespace PixelNet.Native.Cuda.Kernels;

/// <summary><c>kernels/conv2d/</c>. Rows of a product are pixels (of the weight gradient: filters), columns are channels (there: taps times channels).</summary>
internal static class Conv2dKernels
{
    /// <summary>Up to so many columns (of the weight gradient: rows) the narrow tiles of rung 2 are faster than the wide ones of rung 3.</summary>
    public const int FewChannels = 32;

    private static readonly KernelParameter[] ForwardParameters = [Pointer("y"), Pointer("x"), Pointer("w"), Pointer("b"), Value<Conv2dSizes>("sizes"), Value<int>("relu")];

    private static readonly KernelParameter[] InputParameters = [Pointer("dx"), Pointer("dy"), Pointer("w"), Pointer("activation"), Value<Conv2dSizes>("sizes")];

    private static readonly KernelParameter[] WeightParameters =
        [Pointer("dw"), Pointer("partial"), Pointer("dy"), Pointer("x"), Value<Conv2dSizes>("sizes"), Value<int>("pixelsPerSplit")];

    public static readonly KernelPass<Conv2dSizes> Forward = new("conv2d_forward", "conv2d_forward_v2",
        new KernelEntry<Conv2dSizes>("conv2d_forward_v1", s => new(new(OutputPixels(s), LaunchShape.Blocks(s.K, 64)), 64), ForwardParameters),
        new KernelEntry<Conv2dSizes>("conv2d_forward_v2", s => Tiles(OutputPixels(s), 64, s.K, 16, 64), ForwardParameters),
        new KernelEntry<Conv2dSizes>("conv2d_forward_v3", s => Tiles(OutputPixels(s), 128, s.K, 64, 128), ForwardParameters),
        new KernelEntry<Conv2dSizes>("conv2d_forward_tf32_v4", s => Tiles(OutputPixels(s), 128, s.K, 64, 128), ForwardParameters));

    public static readonly KernelPass<Conv2dSizes> BackwardInput = new("conv2d_backward_input", "conv2d_backward_input_v2",
        new KernelEntry<Conv2dSizes>("conv2d_backward_input_v1", s => new(new(InputPixels(s), LaunchShape.Blocks(s.C, 64)), 64), InputParameters),
        new KernelEntry<Conv2dSizes>("conv2d_backward_input_v2", s => Tiles(InputPixels(s), 64, s.C, 16, 64), InputParameters),
        new KernelEntry<Conv2dSizes>("conv2d_backward_input_v3", s => Tiles(InputPixels(s), 128, s.C, 64, 128), InputParameters),
        new KernelEntry<Conv2dSizes>("conv2d_backward_input_tf32_v4", s => Tiles(InputPixels(s), 128, s.C, 64, 128), InputParameters));

    /// <summary>Adds to dw, or, with more than one split (grid z), leaves partial sums.</summary>
    public static readonly KernelPass<Conv2dSizes> BackwardWeight = new("conv2d_backward_weight", "conv2d_backward_weight_v2",
        new KernelEntry<Conv2dSizes>("conv2d_backward_weight_v1", s => new(new(s.K * s.R * s.S, LaunchShape.Blocks(s.C, 64)), 64),
            Pointer("dw"), Pointer("dy"), Pointer("x"), Value<Conv2dSizes>("sizes")),
        new KernelEntry<Conv2dSizes>("conv2d_backward_weight_v2", s => SplitTiles(s, 16, 64, 64), WeightParameters),
        new KernelEntry<Conv2dSizes>("conv2d_backward_weight_v3", s => SplitTiles(s, 64, 128, 128), WeightParameters),
        new KernelEntry<Conv2dSizes>("conv2d_backward_weight_tf32_v4", s => SplitTiles(s, 64, 128, 128), WeightParameters));

    /// <summary>Adds to db, or, with more than one split (grid y), leaves partial sums.</summary>
    public static readonly KernelPass<Conv2dSizes> BackwardBias = new("conv2d_backward_bias", "conv2d_backward_bias_v2",
        new KernelEntry<Conv2dSizes>("conv2d_backward_bias_v1", s => LaunchShape.Elements(s.K, 32), Pointer("db"), Pointer("dy"), Value<Conv2dSizes>("sizes")),
        new KernelEntry<Conv2dSizes>("conv2d_backward_bias_v2", s => Columns(s.K, OutputPixels(s)),
            Pointer("db"), Pointer("partial"), Pointer("dy"), Value<Conv2dSizes>("sizes"), Value<int>("pixelsPerSplit")));

    /// <summary>Adds the partial sums of the splits. Sizes: elements.</summary>
    public static readonly KernelPass<long> BackwardSum = new("conv2d_backward_sum", "conv2d_backward_sum_v2",
        new KernelEntry<long>("conv2d_backward_sum_v2", count => LaunchShape.Elements(count),
            Pointer("out"), Pointer("partial"), Value<long>("count"), Value<int>("splits")));

    /// <summary>Pixels of y.</summary>
    public static int OutputPixels(in Conv2dSizes sizes) => checked(sizes.N * sizes.P * sizes.Q);

    /// <summary>Column sums: 32 columns a block, eight rows at a time, the rows in splits (grid y).</summary>
    internal static LaunchShape Columns(int columns, int rows)
    {
        int blocks = LaunchShape.Blocks(columns, 32);
        return new(new(blocks, Splits.Count(blocks, rows)), new(32, 8));
    }

    private static int InputPixels(in Conv2dSizes sizes) => checked(sizes.N * sizes.H * sizes.W);

    private static LaunchShape Tiles(int rows, int tileRows, int columns, int tileColumns, int threads) =>
        new(new(LaunchShape.Blocks(rows, tileRows), LaunchShape.Blocks(columns, tileColumns)), threads);

    private static LaunchShape SplitTiles(in Conv2dSizes s, int tileRows, int tileColumns, int threads)
    {
        int rows = LaunchShape.Blocks(s.K, tileRows), columns = LaunchShape.Blocks((long)s.R * s.S * s.C, tileColumns);
        return new(new(rows, columns, Splits.Count((long)rows * columns, OutputPixels(s), resident: 3)), threads);
    }
}
