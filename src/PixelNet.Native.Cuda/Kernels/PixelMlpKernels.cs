using System.Runtime.CompilerServices;
using PixelNet.Native.Backends;
using static PixelNet.Native.Cuda.Kernels.KernelParameter;

namespace PixelNet.Native.Cuda.Kernels;

/// <summary><c>kernels/pixel_mlp/</c>: the head, for widths up to <see cref="MostWidth"/>. A block takes 32 rows through all layers.</summary>
internal static class PixelMlpKernels
{
    /// <summary>Widest layer that a block keeps in shared memory.</summary>
    public const int MostWidth = 256;

    /// <summary>Up to this width of the hidden layers one launch for all is faster than a launch a layer.</summary>
    public const int FusedWidth = 128;

    /// <summary>Most layers of the kernels' table.</summary>
    public const int MostLayers = 16;

    private const int Rows = 32, Threads = 256, Step = 8, Tile = 64, SplitRows = 128, MostSplits = 16, EnoughBlocks = 512;

    /// <summary><c>PixelMlpLayers</c> of <c>kernels/pixel_mlp/layers.cuh</c>.</summary>
    public struct Layers
    {
        public int M, Count, Widest;
        public Widths Width;
        public uint Threshold;
        public float Kept;
        public ulong X;
        public Pointers W, B, Output, DOutput;
        public ulong DX;
        public Pointers DW, DB;
    }

    [InlineArray(MostLayers + 1)]
    public struct Widths
    {
        private int _first;
    }

    [InlineArray(MostLayers)]
    public struct Pointers
    {
        private ulong _first;
    }

    private static readonly KernelParameter[] ForwardParameters = [Pointer("loss"), Value<Layers>("mlp"), Pointer("targets"), Pointer("classWeights"), Pointer("state"),
        Pointer("partials"), Pointer("ticket")];

    private static readonly KernelParameter[] BackwardParameters = [Value<Layers>("mlp"), Pointer("loss"), Pointer("targets"), Pointer("classWeights")];

    public static readonly KernelPass<PixelMlpSizes> Forward = new("pixel_mlp_forward", "pixel_mlp_forward_v2",
        new KernelEntry<PixelMlpSizes>("pixel_mlp_forward_v1", s => LaunchShape.Elements(s.M, 128), ForwardParameters),
        new KernelEntry<PixelMlpSizes>("pixel_mlp_forward_v2", s => Tiles(s, TileColumns(s.Hidden.Append(s.L).Max()), input: true), ForwardParameters));

    /// <summary>From dLogits to dX. dX passes through tiles of 256 columns.</summary>
    public static readonly KernelPass<PixelMlpSizes> Backward = new("pixel_mlp_backward", "pixel_mlp_backward_v2",
        new KernelEntry<PixelMlpSizes>("pixel_mlp_backward_v1", s => LaunchShape.Elements(s.M, 128), BackwardParameters),
        new KernelEntry<PixelMlpSizes>("pixel_mlp_backward_v2", s => Tiles(s, MostWidth, input: false), BackwardParameters));

    /// <summary>dw and db of all layers: added to, or, with more than one split of the rows, left as partial sums.</summary>
    public static readonly KernelPass<PixelMlpSizes> BackwardWeight = new("pixel_mlp_backward_weight", "pixel_mlp_backward_weight_v2",
        new KernelEntry<PixelMlpSizes>("pixel_mlp_backward_weight_v1",
            s => new(new(LaunchShape.Blocks(LayersOf(s).Max(layer => (layer.In + 1L) * layer.Out), Threads), s.Hidden.Count + 1), Threads), Value<Layers>("mlp")),
        new KernelEntry<PixelMlpSizes>("pixel_mlp_backward_weight_v2", s => new(new(WeightTiles(s), Splits(s)), Threads), Value<Layers>("mlp"), Pointer("partials")));

    /// <summary>Adds the partial sums of the splits.</summary>
    public static readonly KernelPass<PixelMlpSizes> BackwardReduce = new("pixel_mlp_backward_reduce", "pixel_mlp_backward_reduce_v2",
        new KernelEntry<PixelMlpSizes>("pixel_mlp_backward_reduce_v2",
            s => new(new(LaunchShape.Blocks(LayersOf(s).Max(layer => (layer.In + 1L) * layer.Out), Threads), s.Hidden.Count + 1), Threads),
            Value<Layers>("mlp"), Pointer("partials"), Value<int>("splits")));

    /// <summary>Into how many parts the weight gradients cut the rows: by the shape alone, so that the order of sums is.</summary>
    public static int Splits(PixelMlpSizes sizes) => Math.Clamp(Math.Min(sizes.M / SplitRows, EnoughBlocks / WeightTiles(sizes)), 1, MostSplits);

    /// <summary>Bytes of the partial sums of the weight gradients; 0 without splits. Weights and bias of a layer start at multiples of four elements.</summary>
    public static long PartialBytes(PixelMlpSizes sizes) => Splits(sizes) == 1 ? 0
        : sizeof(float) * Splits(sizes) * LayersOf(sizes).Sum(layer => Fours((long)layer.In * layer.Out) + Fours(layer.Out));

    /// <summary>Whether the kernels take a head of these sizes.</summary>
    public static bool Fit(PixelMlpSizes sizes) => sizes.Hidden.Count < MostLayers && sizes.L <= MostWidth && sizes.Hidden.All(width => width <= MostWidth);

    private static IEnumerable<LinearSizes> LayersOf(PixelMlpSizes sizes) => Enumerable.Range(0, sizes.Hidden.Count + 1).Select(sizes.Layer);

    private static int WeightTiles(PixelMlpSizes sizes) => LayersOf(sizes).Sum(layer => LaunchShape.Blocks(layer.In, Tile) * LaunchShape.Blocks(layer.Out, Tile));

    private static long Fours(long count) => (count + 3) / 4 * 4;

    private static int TileColumns(int width) => width <= 32 ? 32 : width <= 64 ? 64 : width <= 128 ? 128 : MostWidth;

    /// <summary>Shared memory: the block's rows, a strip of x (forward only) and a tile of weights; see the head of <c>2_tiled.cu</c>.</summary>
    private static LaunchShape Tiles(PixelMlpSizes sizes, int columns, bool input)
    {
        int stride = (sizes.Hidden.Append(sizes.L).Max() + Step - 1) / Step * Step + 4;
        int floats = Rows * (stride + (input ? Step : 0)) + Step * (columns + 4);
        return new(LaunchShape.Blocks(sizes.M, Rows), Threads, floats * sizeof(float));
    }
}
