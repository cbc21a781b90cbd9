using System.Numerics;
using PixelNet.Native.Ptx.Execution;

namespace PixelNet.Native.Ptx.Tracing;

/// <summary>Accesses to shared memory that a <c>cp.async</c> is still writing.</summary>
internal sealed class AsyncWaitObserver : Observer
{
    public override unsafe void Shared(in MemoryEvent e)
    {
        if (e.Kind == AccessKind.AsyncStore) return;
        ushort[] pending = e.Block.Trace.Pending;
        ulong start = (ulong)e.Block.Shared;
        uint bad = 0;
        for (uint lanes = e.Lanes; lanes != 0; lanes &= lanes - 1)
        {
            int lane = BitOperations.TrailingZeroCount(lanes);
            int offset = (int)(e.Warp.Ptr[lane] - start);
            for (int word = offset / 4; word <= (offset + e.Bytes - 1) / 4; word++)
            {
                if (pending[word] != 0) bad |= 1u << lane;
            }
        }
        if (bad == 0) return;
        ulong first = e.Warp.Addr[BitOperations.TrailingZeroCount(bad)];
        e.Report(FindingKind.MissingAsyncWait, bad, first,
            $"access to {e.Bytes} bytes of shared memory at 0x{first & 0xFFFF_FFFF:x}, to which a cp.async is still under way; cp.async.wait_group is missing or waits for too few groups");
    }
}
