using System.Numerics;

namespace PixelNet.Native.Ptx.Tracing;

/// <summary>
/// Memory behaviour by instruction. Global: 32-byte sectors that a request touches, against the fewest that could hold its distinct bytes. Shared: wavefronts
/// beyond the one for each 128 bytes asked for, i.e. how often lanes want different words of one of the 32 banks.
/// </summary>
internal sealed class AccessCounter : Observer
{
    public override unsafe void Global(in MemoryEvent e)
    {
        ulong* addresses = stackalloc ulong[32];
        int n = 0;
        for (uint lanes = e.Lanes; lanes != 0; lanes &= lanes - 1) addresses[n++] = e.Warp.Addr[BitOperations.TrailingZeroCount(lanes)];
        var sorted = new Span<ulong>(addresses, n);
        bool isSorted = true;
        for (int i = 1; i < n; i++) isSorted &= addresses[i] >= addresses[i - 1];
        if (!isSorted) sorted.Sort();
        int sectors = 0, distinct = 0;
        ulong lastSector = ulong.MaxValue, lastAddress = ulong.MaxValue;
        foreach (ulong address in sorted)
        {
            if (address != lastAddress) distinct++;
            if (address / 32 != lastSector) sectors++;
            lastAddress = address;
            lastSector = address / 32;
        }
        var op = e.Op;
        op.GlobalRequests++;
        op.GlobalSectors += sectors;
        op.IdealSectors += ((distinct * e.Bytes) + 31) / 32;
    }

    public override unsafe void Shared(in MemoryEvent e)
    {
        // 8-byte accesses go by half warps, 16-byte ones by quarter warps.
        int group = Math.Min(32, 128 / Math.Max(e.Bytes, 4));
        int words = Math.Max(1, e.Bytes / 4);
        uint* seen = stackalloc uint[32];
        int wavefronts = 0, needed = 0;
        for (int from = 0; from < 32; from += group)
        {
            uint lanes = (e.Lanes >> from) & (group == 32 ? uint.MaxValue : (1u << group) - 1);
            if (lanes == 0) continue;
            needed++;
            wavefronts += Degree(e, lanes, from, words, seen);
        }
        e.Op.SharedRequests++;
        e.Op.BankConflicts += wavefronts - needed;
    }

    // Most distinct words in one bank.
    private static unsafe int Degree(in MemoryEvent e, uint lanes, int from, int words, uint* seen)
    {
        uint* distinct = stackalloc uint[32 * 32];
        new Span<uint>(seen, 32).Clear();
        int most = 1;
        for (; lanes != 0; lanes &= lanes - 1)
        {
            ulong pointer = e.Warp.Ptr[from + BitOperations.TrailingZeroCount(lanes)];
            uint first = (uint)((pointer - (ulong)e.Block.Shared) / 4);
            for (int k = 0; k < words; k++)
            {
                uint word = first + (uint)k, bank = word & 31;
                var known = new Span<uint>(distinct + (bank * 32), (int)seen[bank]);
                if (known.Contains(word)) continue;
                distinct[(bank * 32) + seen[bank]++] = word;
                most = Math.Max(most, (int)seen[bank]);
            }
        }
        return most;
    }
}
