using PixelNet.Native.Ptx.Execution;

namespace PixelNet.Native.Cuda.Kernels;

/// <summary>How a kernel is launched.</summary>
/// <param name="Grid">Blocks; a shape without any starts nothing.</param>
/// <param name="Block">Threads of a block.</param>
/// <param name="SharedBytes">Dynamic shared memory of a block.</param>
public readonly record struct LaunchShape(Dim3 Grid, Dim3 Block, int SharedBytes = 0)
{
    /// <summary>The largest GPUs have so many; what fills them is reckoned with it, on every GPU alike, so that bytes do not depend on the one at hand.</summary>
    public const int Multiprocessors = 132;

    /// <summary>A thread an element of a flat range, the last block guarded by the kernel.</summary>
    public static LaunchShape Elements(long count, int threads = 256) => new(Blocks(count, threads), threads);

    /// <summary>A block an item, lanes along <paramref name="width"/>: as many threads as that takes, in whole warps, at most 256.</summary>
    public static LaunchShape Rows(int rows, int width) => new(rows, Math.Clamp((width + 31) / 32 * 32, 32, 256));

    /// <summary>How many blocks of <paramref name="size"/> cover <paramref name="count"/>.</summary>
    public static int Blocks(long count, int size) => checked((int)((count + size - 1) / size));
}
