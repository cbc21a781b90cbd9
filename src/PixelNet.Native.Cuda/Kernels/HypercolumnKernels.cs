using System.Runtime.CompilerServices;
using PixelNet.Native.Backends;
using static PixelNet.Native.Cuda.Kernels.KernelParameter;

namespace PixelNet.Native.Cuda.Kernels;

/// <summary><c>kernels/hypercolumn.cu</c>.</summary>
internal static class HypercolumnKernels
{
    /// <summary>Most levels of the kernels' table.</summary>
    public const int MostLevels = 16;

    private const int BlockSamples = 16, Threads = 256, MostCells = 256, EnoughBlocks = 1 << 14, SliceChannels = 128, WaveBlocks = 4 * LaunchShape.Multiprocessors;

    /// <summary><c>HypercolumnLevels</c> of the source: all levels and their maps.</summary>
    public struct Levels
    {
        public int Count;
        public Sizes Level;
        public Pointers Map;
    }

    [InlineArray(MostLevels)]
    public struct Sizes
    {
        private HypercolumnLevel _first;
    }

    [InlineArray(MostLevels)]
    public struct Pointers
    {
        private ulong _first;
    }

    private static readonly KernelParameter[] Gather = [Pointer("x"), Pointer("map"), Pointer("samples"), Pointer("mean"), Pointer("inverseDeviation"),
        Value<HypercolumnLevel>("level"), Value<int>("M"), Value<int>("D")];

    private static readonly KernelParameter[] Scatter = [Pointer("dMap"), Pointer("dX"), Pointer("counts"), Pointer("cells"), Pointer("starts"), Pointer("entrySamples"),
        Pointer("weights")];

    private static readonly KernelParameter[] WholeMap = [.. Scatter, Pointer("activation"), Pointer("inverseDeviation"), Value<HypercolumnLevel>("level"), Value<int>("D"),
        Value<int>("accumulate"), Value<int>("blockCells")];

    /// <summary>One level, but for v4, which does all. Sizes: samples and channels.</summary>
    public static readonly KernelPass<(int M, int C)> Forward = new("hypercolumn_forward", "hypercolumn_forward_v4",
        new KernelEntry<(int M, int C)>("hypercolumn_forward_v1", s => LaunchShape.Elements(s.M, 128), Gather),
        new KernelEntry<(int M, int C)>("hypercolumn_forward_v2", s => LaunchShape.Rows(s.M, s.C), Gather),
        new KernelEntry<(int M, int C)>("hypercolumn_forward_v3", s => LaunchShape.Elements(32L * s.M, 128), Gather),
        new KernelEntry<(int M, int C)>("hypercolumn_forward_v4", s => new(LaunchShape.Blocks(s.M, BlockSamples), Threads),
            Pointer("x"), Pointer("samples"), Pointer("mean"), Pointer("inverseDeviation"), Value<Levels>("levels"), Value<int>("M"), Value<int>("D")));

    /// <summary>One level's gradient: v2 adds to the touched cells, v3 and v4 write the whole map. Sizes: cells, capacity of the cell list, channels.</summary>
    public static readonly KernelPass<(int Cells, int Capacity, int C)> Backward = new("hypercolumn_backward", "hypercolumn_backward_v4",
        new KernelEntry<(int Cells, int Capacity, int C)>("hypercolumn_backward_v2", s => LaunchShape.Rows(s.Capacity, s.C),
            [.. Scatter, Pointer("inverseDeviation"), Value<HypercolumnLevel>("level"), Value<int>("D")]),
        new KernelEntry<(int Cells, int Capacity, int C)>("hypercolumn_backward_v3", s => new(LaunchShape.Blocks(s.Cells, BlockCells(3, s.Cells, s.C)), Threads), WholeMap),
        new KernelEntry<(int Cells, int Capacity, int C)>("hypercolumn_backward_v4", s => new(LaunchShape.Blocks(s.Cells, BlockCells(4, s.Cells, s.C)) * Slices(s.C), Threads), WholeMap));

    /// <summary>By atomic additions to a map that is 0 or holds a gradient: for comparison. Sizes: samples and channels.</summary>
    public static readonly KernelPass<(int M, int C)> BackwardAtomic = new("hypercolumn_backward_atomic", "hypercolumn_backward_atomic_v1",
        new KernelEntry<(int M, int C)>("hypercolumn_backward_atomic_v1", s => LaunchShape.Rows(s.M, s.C),
            Pointer("dMap"), Pointer("dX"), Pointer("samples"), Pointer("inverseDeviation"), Value<HypercolumnLevel>("level"), Value<int>("D")));

    /// <summary>
    /// Cells of a block of a rung that writes the whole map. v3: what gives each thread four channels, and more where there are blocks enough. v4:
    /// whole passes of that, as few as leave the fewest waves of four blocks a multiprocessor, since what a block does before its first pass costs as much as one.
    /// </summary>
    public static int BlockCells(int rung, int cells, int c)
    {
        if (rung == 3)
        {
            int block = Math.Clamp(4 * Threads / c, 1, MostCells);
            while (2 * block <= MostCells && cells / block > EnoughBlocks) block *= 2;
            return block;
        }
        long slices = (long)cells * Slices(c);
        int pass = Math.Min(4 * Threads / Math.Min(c, SliceChannels), MostCells), waves = LaunchShape.Blocks(slices, MostCells / pass * pass * WaveBlocks);
        return pass * LaunchShape.Blocks(slices, pass * WaveBlocks * waves);
    }

    private static int Slices(int c) => LaunchShape.Blocks(c, SliceChannels);
}
