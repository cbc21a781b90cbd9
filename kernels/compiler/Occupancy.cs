namespace PixelNet.Native.KernelCompiler;

/// <summary>
/// Theoretical occupancy: resident warps of a multiprocessor as a fraction of its 64, by registers, shared memory and number of blocks. Limits of
/// compute capability 8.0 and 9.0: CUDA C++ Programming Guide, "Technical Specifications per Compute Capability".
/// </summary>
internal static class Occupancy
{
    private const int Warps = 64, Blocks = 32, Registers = 64 << 10, Partitions = 4, RegisterUnit = 256, SharedUnit = 128, SharedReserved = 1024;

    /// <summary>Compute capabilities that are known here, times ten.</summary>
    public static readonly int[] Architectures = [80, 90];

    /// <summary>The fraction for an entry.</summary>
    /// <param name="architecture">80 or 90.</param>
    /// <param name="threads">Threads of a block.</param>
    /// <param name="entry">What the entry needs.</param>
    public static double Of(int architecture, int threads, EntryResources entry)
    {
        int warps = (threads + 31) / 32;
        // Registers are given out by the warp, from the quarter of the file that its partition owns; a block's warps in fours.
        int resident = Registers / Partitions / RoundUp(entry.Registers * 32, RegisterUnit) * Partitions;
        int byRegisters = resident / RoundUp(warps, Partitions);
        int shared = (architecture == 80 ? 164 : 228) << 10;
        int byShared = shared / RoundUp(entry.Shared + SharedReserved, SharedUnit);
        int blocks = Math.Min(Math.Min(byRegisters, byShared), Math.Min(Blocks, Warps / warps));
        return (double)(blocks * warps) / Warps;
    }

    private static int RoundUp(int value, int unit) => (value + unit - 1) / unit * unit;
}
