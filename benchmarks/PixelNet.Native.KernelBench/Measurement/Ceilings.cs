namespace PixelNet.Native.KernelBench.Measurement;

/// <summary>What the machine can do, as probe kernels measured it; null = not measured.</summary>
public sealed record Ceilings
{
    /// <summary>Device copy, bytes read and written.</summary>
    public double? CopyGbPerSecond { get; init; }

    /// <summary>Reads of a working set that fits into the L2.</summary>
    public double? L2GbPerSecond { get; init; }

    /// <summary>Multiply-adds in single precision from registers.</summary>
    public double? FfmaTflops { get; init; }

    /// <summary><c>mma.sync</c> in TF32 from registers.</summary>
    public double? MmaTf32Tflops { get; init; }

    /// <summary><c>mma.sync</c> in bf16 from registers.</summary>
    public double? MmaBf16Tflops { get; init; }

    /// <summary>An empty kernel in a replayed graph.</summary>
    public double? LaunchUs { get; init; }

    /// <summary>Copy from pinned host memory.</summary>
    public double? PinnedGbPerSecond { get; init; }

    /// <summary>The shortest time that the measured ceilings allow for some work, and which of them decides.</summary>
    /// <param name="work">What has to be done.</param>
    /// <param name="tf32">Whether products may be in TF32.</param>
    /// <returns>Microseconds and <c>flop</c>, <c>dram</c>, <c>l2</c> or <c>launch</c>; null where a ceiling that is needed was not measured.</returns>
    public (double Us, string Bound)? Floor(Work work, bool tf32)
    {
        double? rate = tf32 ? MmaTf32Tflops : FfmaTflops;
        (double? Us, string Bound)[] floors =
        [
            (work.Flop == 0 ? 0 : work.Flop / (rate * 1e6), "flop"),
            (work.DramBytes == 0 ? 0 : work.DramBytes / (CopyGbPerSecond * 1e3), "dram"),
            (work.L2Bytes == 0 ? 0 : work.L2Bytes / (L2GbPerSecond * 1e3), "l2"),
            (LaunchUs ?? 0, "launch"),
        ];
        if (floors.Any(floor => floor.Us is null)) return null;
        var (us, bound) = floors.MaxBy(floor => floor.Us);
        return (us!.Value, bound);
    }
}
