using PixelNet.Native.Ptx;
using PixelNet.Native.Ptx.Tracing;

namespace PixelNet.Native.Cuda.Driver;

/// <summary>How the emulated device runs kernels.</summary>
public sealed record EmulatedCudaDriverOptions
{
    /// <summary>What every launch is watched for. Bounds and alignment always are: without observers the first violation ends the launch.</summary>
    public Observers Observers { get; init; }

    /// <summary>Order of blocks and warps; 0 = by index.</summary>
    public ulong Seed { get; init; }

    /// <summary>
    /// Puts work off until the host waits for it, and then lets streams take turns in an order drawn by this: bytes that differ show where one
    /// stream should wait for another. Null = work is done when it is queued.
    /// </summary>
    public ulong? StreamSeed { get; init; }

    /// <summary>Warp instructions after which a launch is given up.</summary>
    public long InstructionLimit { get; init; } = EmulatedDevice.DefaultInstructionLimit;

    /// <summary>Limits of the device.</summary>
    public EmulatedDeviceOptions Device { get; init; } = new();

    /// <summary>Called after each launch: instructions, findings, counters.</summary>
    public Action<LaunchReport>? Launched { get; init; }
}
