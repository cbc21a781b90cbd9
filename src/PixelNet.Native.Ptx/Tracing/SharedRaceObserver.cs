namespace PixelNet.Native.Ptx.Tracing;

/// <summary>Races between threads of a block in shared memory: accesses that no barrier separates.</summary>
internal sealed class SharedRaceObserver() : RaceDetector(FindingKind.SharedRace)
{
    public override unsafe void Shared(in MemoryEvent e)
    {
        var shadows = e.Block.Trace.Shadow;
        ulong start = (ulong)e.Block.Shared;
        uint lanes = e.Lanes;
        // Two readers of an address stand for all: whoever writes is at most one of them.
        ulong last = 0;
        int repeats = 0;
        while (lanes != 0)
        {
            int lane = Lane(ref lanes);
            ulong pointer = e.Warp.Ptr[lane];
            repeats = pointer == last ? repeats + 1 : 0;
            last = pointer;
            if (repeats > 1 && !e.IsWrite) continue;
            if (Check(e, lane, shadows, (long)(pointer - start)) is { } rival) Report(e, lane, e.Warp.Addr[lane], rival);
        }
    }

    protected override bool IsOrdered(in AccessRecord record, in MemoryEvent e, int lane) => e.Block.Trace.IsBefore(record, e.Warp, lane);
}
