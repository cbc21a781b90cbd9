using PixelNet.Native.Ptx.Execution;

namespace PixelNet.Native.Ptx.Tracing;

/// <summary>
/// Races in global memory. All blocks of a launch run at the same time as far as correctness goes, so accesses of two blocks are never ordered, except through
/// a fence, an atomic by the one, and a later atomic (or volatile read) of the same address by the other: the "last block" pattern.
/// Within a block barriers order as for shared memory.
/// </summary>
internal sealed class GlobalRaceObserver() : RaceDetector(FindingKind.GlobalRace)
{
    private readonly Dictionary<Allocation, ShadowMemory> shadows = [];
    private readonly Dictionary<ulong, ulong[]> released = [];
    private Allocation? current;
    private ShadowMemory currentShadow = new(0);

    public override unsafe void Global(in MemoryEvent e)
    {
        uint lanes = e.Lanes;
        ulong last = 0;
        int repeats = 0;
        while (lanes != 0)
        {
            int lane = Lane(ref lanes);
            ulong address = e.Warp.Addr[lane];
            if (e.IsStrong) Synchronise(e, address);
            repeats = address == last ? repeats + 1 : 0;
            last = address;
            if (repeats > 1 && !e.IsWrite) continue;
            var memory = ShadowOf(e, address);
            if (memory is null) continue;
            if (Check(e, lane, memory, (long)(address - current!.Address)) is { } rival) Report(e, lane, address, rival);
        }
    }

    private ShadowMemory? ShadowOf(in MemoryEvent e, ulong address)
    {
        if (current is not null && current.Contains(address)) return currentShadow;
        current = e.Block.Launch.Memory.Find(address);
        if (current is null) return null;
        if (!shadows.TryGetValue(current, out var memory)) shadows[current] = memory = new ShadowMemory(current.Bytes);
        return currentShadow = memory;
    }

    private void Synchronise(in MemoryEvent e, ulong address)
    {
        var trace = e.Block.Trace;
        bool isRead = e.Kind is AccessKind.Atomic or AccessKind.StrongLoad;
        if (isRead && released.TryGetValue(address, out var blocks)) trace.Acquire(blocks);
        if (!trace.HasFenced || e.Kind == AccessKind.StrongLoad) return;
        int words = (int)((e.Block.Launch.GridShape.Count + 63) / 64);
        if (!released.TryGetValue(address, out var mine))
        {
            if (released.Count > 1 << 16) return;
            released[address] = mine = new ulong[words];
        }
        mine[e.Block.FlatIndex >> 6] |= 1UL << (e.Block.FlatIndex & 63);
        for (int i = 0; i < trace.Acquired.Length; i++) mine[i] |= trace.Acquired[i];
    }

    public override void Fence(Warp warp) => warp.Block.Trace.HasFenced = true;

    protected override bool IsOrdered(in AccessRecord record, in MemoryEvent e, int lane) => record.Block == e.Block.FlatIndex
        ? e.Block.Trace.IsBefore(record, e.Warp, lane)
        : e.Block.Trace.HasAcquired(record.Block);
}
