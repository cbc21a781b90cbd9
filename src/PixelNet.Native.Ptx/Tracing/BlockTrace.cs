using PixelNet.Native.Ptx.Execution;

namespace PixelNet.Native.Ptx.Tracing;

/// <summary>
/// What the observers know of a running block: vector clocks of its warps (Flanagan and Freund, "FastTrack", 2009, with warps as threads), a counter a lane
/// for <c>bar.warp.sync</c>, which shared bytes are written, which are on their way, and with which blocks it is ordered.
/// </summary>
internal sealed class BlockTrace
{
    private ushort[][] clocks = [];
    private ushort[][] laneClocks = [];

    /// <summary>Shared bytes that the block has written.</summary>
    public bool[] Written { get; private set; } = [];

    /// <summary>Copies under way to each 4-byte word of shared memory.</summary>
    public ushort[] Pending { get; private set; } = [];

    /// <summary>Last accesses to shared memory.</summary>
    public ShadowMemory Shadow { get; private set; } = new(0);

    /// <summary>Blocks whose writes this one may rely on, by index; bit set.</summary>
    public ulong[] Acquired { get; private set; } = [];

    /// <summary>Whether the block has executed a fence, so that its next atomic publishes what it wrote.</summary>
    public bool HasFenced { get; set; }

    public void Start(Block block)
    {
        int warps = block.Warps.Length;
        if (clocks.Length != warps)
        {
            clocks = [.. Enumerable.Range(0, warps).Select(_ => new ushort[warps])];
            laneClocks = [.. Enumerable.Range(0, warps).Select(_ => new ushort[32])];
            Written = new bool[block.SharedBytes];
            Pending = new ushort[(block.SharedBytes + 3) / 4];
            Shadow = new ShadowMemory(block.SharedBytes);
        }
        for (int i = 0; i < warps; i++)
        {
            Array.Clear(clocks[i]);
            Array.Clear(laneClocks[i]);
            clocks[i][i] = 1;
        }
        Array.Clear(Written);
        Array.Clear(Pending);
        Shadow.Clear();
        Array.Clear(Acquired);
        HasFenced = false;
        foreach (var warp in block.Warps) warp.Async.Watch(this, block);
    }

    public ushort ClockOf(Warp warp) => clocks[warp.Index][warp.Index];

    public ushort LaneClockOf(Warp warp, int lane) => laneClocks[warp.Index][lane];

    /// <summary>Whether an earlier access of this block comes before what a lane does now.</summary>
    public bool IsBefore(in AccessRecord record, Warp warp, int lane)
    {
        int thread = warp.Thread(lane);
        if (record.Thread == thread) return true;
        int other = record.Thread >> 5;
        return other == warp.Index
            ? record.Clock < clocks[other][other] || record.LaneClock < laneClocks[other][lane]
            : clocks[warp.Index][other] >= record.Clock;
    }

    /// <summary>A barrier of some warps: each now comes after all that the others did before.</summary>
    public void Join(ulong warps)
    {
        int n = clocks.Length;
        Span<ushort> joined = stackalloc ushort[n];
        joined.Clear();
        for (int i = 0; i < n; i++)
        {
            if (((warps >> i) & 1) == 0) continue;
            for (int k = 0; k < n; k++) joined[k] = Math.Max(joined[k], clocks[i][k]);
        }
        for (int i = 0; i < n; i++)
        {
            if (((warps >> i) & 1) == 0) continue;
            joined.CopyTo(clocks[i]);
            clocks[i][i]++;
        }
    }

    /// <summary>The active lanes of a warp synchronise with each other.</summary>
    public void WarpSync(Warp warp)
    {
        var lanes = laneClocks[warp.Index];
        ushort most = 0;
        for (int i = 0; i < 32; i++)
        {
            if (((warp.Mask >> i) & 1) != 0) most = Math.Max(most, lanes[i]);
        }
        for (int i = 0; i < 32; i++)
        {
            if (((warp.Mask >> i) & 1) != 0) lanes[i] = (ushort)(most + 1);
        }
    }

    public bool HasAcquired(int block) => (block >> 6) < Acquired.Length && ((Acquired[block >> 6] >> (block & 63)) & 1) != 0;

    /// <summary>Adds blocks whose writes are visible from now on.</summary>
    public void Acquire(ReadOnlySpan<ulong> blocks)
    {
        if (Acquired.Length < blocks.Length)
        {
            var larger = new ulong[blocks.Length];
            Acquired.CopyTo(larger, 0);
            Acquired = larger;
        }
        for (int i = 0; i < blocks.Length; i++) Acquired[i] |= blocks[i];
    }
}
