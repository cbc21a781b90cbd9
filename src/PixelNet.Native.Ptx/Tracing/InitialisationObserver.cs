using System.Numerics;

namespace PixelNet.Native.Ptx.Tracing;

/// <summary>Reads of bytes that were never written: global memory by host or kernel, shared memory by the block.</summary>
internal sealed class InitialisationObserver : Observer
{
    public override unsafe void Global(in MemoryEvent e)
    {
        var memory = e.Block.Launch.Memory;
        var allocation = e.Op.Cached;
        uint bad = 0;
        for (uint lanes = e.Lanes; lanes != 0; lanes &= lanes - 1)
        {
            int lane = BitOperations.TrailingZeroCount(lanes);
            ulong address = e.Warp.Addr[lane];
            if (allocation is null || !allocation.Contains(address)) allocation = memory.Find(address);
            if (allocation is null) continue;
            long offset = (long)(address - allocation.Address);
            if (e.IsRead && !allocation.Initialised.IsSet(offset, e.Bytes)) bad |= 1u << lane;
            if (e.IsWrite) allocation.Initialised.Set(offset, e.Bytes);
        }
        if (bad == 0) return;
        ulong first = e.Warp.Addr[BitOperations.TrailingZeroCount(bad)];
        e.Report(FindingKind.UninitialisedGlobal, bad, first, $"read of {e.Bytes} bytes of global memory at 0x{first:x} that nobody has written");
    }

    public override unsafe void Shared(in MemoryEvent e)
    {
        bool[] written = e.Block.Trace.Written;
        ulong start = (ulong)e.Block.Shared;
        uint bad = 0;
        for (uint lanes = e.Lanes; lanes != 0; lanes &= lanes - 1)
        {
            int lane = BitOperations.TrailingZeroCount(lanes);
            var bytes = written.AsSpan((int)(e.Warp.Ptr[lane] - start), e.Bytes);
            if (e.IsRead && bytes.Contains(false)) bad |= 1u << lane;
            if (e.IsWrite) bytes.Fill(true);
        }
        if (bad == 0) return;
        ulong first = e.Warp.Addr[BitOperations.TrailingZeroCount(bad)];
        e.Report(FindingKind.UninitialisedShared, bad, first, $"read of {e.Bytes} bytes of shared memory at 0x{first & 0xFFFF_FFFF:x} that the block has not written");
    }
}
