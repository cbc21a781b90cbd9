namespace PixelNet.Native.Ptx.Tracing;

/// <summary>
/// What a launch watches. Bounds and alignment are always checked: without observers the first violation ends the launch, with any observer it becomes
/// a finding and the launch goes on.
/// </summary>
[Flags]
public enum Observers
{
    /// <summary>Nothing: the fastest way to run.</summary>
    None = 0,
    /// <summary>Reads of global and shared memory that nobody wrote.</summary>
    Initialisation = 1,
    /// <summary>Races in shared memory.</summary>
    SharedRaces = 2,
    /// <summary>Races in global memory, within and across blocks.</summary>
    GlobalRaces = 4,
    /// <summary>Reads of <c>cp.async</c> data before the wait.</summary>
    AsyncWaits = 8,
    /// <summary>Divergent barriers and warp synchronisation.</summary>
    Barriers = 16,
    /// <summary>Instruction mix, sectors, bank conflicts, divergence.</summary>
    Counters = 32,
    /// <summary>Everything.</summary>
    All = 63,
}
