namespace PixelNet.Native.Ptx;

/// <summary>Limits of the emulated device; the defaults are those of compute capability 8.0.</summary>
public sealed record EmulatedDeviceOptions
{
    /// <summary>Device memory in bytes.</summary>
    public long MemoryBytes { get; init; } = 16L << 30;

    /// <summary>Most shared memory of a block, static and dynamic, in bytes.</summary>
    public int SharedBytesPerBlock { get; init; } = 163 << 10;

    /// <summary>Most threads of a block.</summary>
    public int ThreadsPerBlock { get; init; } = 1024;
}
