using PixelNet.Native.Backends;
using static PixelNet.Native.Cuda.Kernels.KernelParameter;

namespace PixelNet.Native.Cuda.Kernels;

/// <summary><c>kernels/linear/</c>: the ladder.</summary>
internal static class LinearKernels
{
    /// <summary><c>LinearEpilogue</c> of <c>kernels/linear/epilogue.cuh</c>; Kept 1 = no dropout.</summary>
    public readonly record struct Epilogue(int Relu, uint Threshold, float Kept, int Stream);

    private const int WideTile = 128;

    private static readonly KernelParameter[] ForwardParameters =
        [Pointer("y"), Pointer("x"), Pointer("w"), Pointer("b"), Value<LinearSizes>("sizes"), Value<Epilogue>("epilogue"), Pointer("state")];

    private static readonly KernelParameter[] InputParameters =
        [Pointer("dx"), Pointer("dy"), Pointer("w"), Pointer("activation"), Value<float>("kept"), Value<LinearSizes>("sizes")];

    private static readonly KernelParameter[] WeightParameters =
        [Pointer("dw"), Pointer("partial"), Pointer("dy"), Pointer("x"), Value<LinearSizes>("sizes"), Value<int>("rowsPerSplit")];

    public static readonly KernelPass<LinearSizes> Forward = new("linear_forward", "linear_forward_v6",
        new KernelEntry<LinearSizes>("linear_forward_v1", s => Tiles(s.M, 1, s.Out, 64, 64), ForwardParameters),
        new KernelEntry<LinearSizes>("linear_forward_v2", s => Tiles(s.M, 1, s.Out, 8, 256), ForwardParameters),
        new KernelEntry<LinearSizes>("linear_forward_v3", s => Tiles(s.M, 32, s.Out, 32, 0) with { Block = new(32, 32) }, ForwardParameters),
        new KernelEntry<LinearSizes>("linear_forward_v4", s => Tiles(s.M, 64, s.Out, 64, 256), ForwardParameters),
        new KernelEntry<LinearSizes>("linear_forward_v5", s => Tiles(s.M, 128, s.Out, 64, 128), ForwardParameters),
        new KernelEntry<LinearSizes>("linear_forward_v6", s => Tiles(s.M, 128, s.Out, 64, 128), ForwardParameters),
        new KernelEntry<LinearSizes>("linear_forward_v9", s => Tiles(s.M, WideTile, s.Out, WideTile, 128), ForwardParameters),
        new KernelEntry<LinearSizes>("linear_forward_tf32_v7", s => Tiles(s.M, 128, s.Out, 128, 128), ForwardParameters));

    public static readonly KernelPass<LinearSizes> BackwardInput = new("linear_backward_input", "linear_backward_input_v6",
        new KernelEntry<LinearSizes>("linear_backward_input_v1", s => Tiles(s.M, 1, s.In, 64, 64), InputParameters),
        new KernelEntry<LinearSizes>("linear_backward_input_v6", s => Tiles(s.M, 128, s.In, 64, 128), InputParameters),
        new KernelEntry<LinearSizes>("linear_backward_input_v9", s => Tiles(s.M, WideTile, s.In, WideTile, 128), InputParameters),
        new KernelEntry<LinearSizes>("linear_backward_input_tf32_v7", s => Tiles(s.M, 128, s.In, 128, 128), InputParameters));

    /// <summary>Bias, ReLU and dropout in place, behind a product of cuBLAS; a thread takes four elements.</summary>
    public static readonly KernelPass<LinearSizes> Epilogues = new("linear_epilogue", "linear_epilogue_v8",
        new KernelEntry<LinearSizes>("linear_epilogue_v8", s => LaunchShape.Elements(((long)s.M * s.Out + 3) / 4),
            Pointer("y"), Pointer("b"), Value<LinearSizes>("sizes"), Value<Epilogue>("epilogue"), Pointer("state")));

    /// <summary>Adds to dw, or, with more than one split (grid z), leaves partial sums.</summary>
    public static readonly KernelPass<LinearSizes> BackwardWeight = new("linear_backward_weight", "linear_backward_weight_v6",
        new KernelEntry<LinearSizes>("linear_backward_weight_v1", s => Tiles(s.Out, 1, s.In, 64, 64),
            Pointer("dw"), Pointer("dy"), Pointer("x"), Value<LinearSizes>("sizes")),
        new KernelEntry<LinearSizes>("linear_backward_weight_v6", s => SplitTiles(s, 128, 64, 128, resident: 3), WeightParameters),
        new KernelEntry<LinearSizes>("linear_backward_weight_v9", s => SplitTiles(s, WideTile, WideTile, 128, resident: 2), WeightParameters),
        new KernelEntry<LinearSizes>("linear_backward_weight_tf32_v7", s => SplitTiles(s, 128, 128, 128, resident: 2), WeightParameters));

    /// <summary>Adds to db, or, with more than one split (grid y), leaves partial sums.</summary>
    public static readonly KernelPass<LinearSizes> BackwardBias = new("linear_backward_bias", "linear_backward_bias_v6",
        new KernelEntry<LinearSizes>("linear_backward_bias_v1", s => LaunchShape.Elements(s.Out, 32), Pointer("db"), Pointer("dy"), Value<LinearSizes>("sizes")),
        new KernelEntry<LinearSizes>("linear_backward_bias_v6", s => Conv2dKernels.Columns(s.Out, s.M),
            Pointer("db"), Pointer("partial"), Pointer("dy"), Value<LinearSizes>("sizes"), Value<int>("rowsPerSplit")));

    /// <summary>Adds the partial sums of the splits. Sizes: elements.</summary>
    public static readonly KernelPass<long> BackwardSum = new("linear_backward_sum", "linear_backward_sum_v6",
        new KernelEntry<long>("linear_backward_sum_v6", count => LaunchShape.Elements(count),
            Pointer("out"), Pointer("partial"), Value<long>("count"), Value<int>("splits")));

    /// <summary>Whether a product with so many rows and columns has wide tiles enough for rung 9, two a multiprocessor; else rung 6 fills a GPU better.</summary>
    public static bool IsWide(int rows, int columns) => (long)LaunchShape.Blocks(rows, WideTile) * LaunchShape.Blocks(columns, WideTile) >= 2 * LaunchShape.Multiprocessors;

    private static LaunchShape Tiles(int rows, int tileRows, int columns, int tileColumns, int threads) =>
        new(new(LaunchShape.Blocks(rows, tileRows), LaunchShape.Blocks(columns, tileColumns)), threads);

    private static LaunchShape SplitTiles(in LinearSizes s, int tileRows, int tileColumns, int threads, int resident)
    {
        int rows = LaunchShape.Blocks(s.Out, tileRows), columns = LaunchShape.Blocks(s.In, tileColumns);
        return new(new(rows, columns, Splits.Count((long)rows * columns, s.M, resident)), threads);
    }
}
