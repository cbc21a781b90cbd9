using System.Numerics;
using PixelNet.Native.Ptx.Execution;

namespace PixelNet.Native.Ptx.Tracing;

/// <summary>
/// The rule of both race observers: two accesses of different threads to the same bytes, one a write, not both atomic (or volatile), with nothing that
/// puts one before the other. Two writes of the same value are no finding: many kernels raise a flag so, and the result is the same in every order.
/// </summary>
internal abstract class RaceDetector(FindingKind kind) : Observer
{
    /// <summary>Whether an earlier access comes before what a lane does now.</summary>
    protected abstract bool IsOrdered(in AccessRecord record, in MemoryEvent e, int lane);

    /// <summary>Checks and records the access of one lane.</summary>
    /// <param name="e">The access.</param>
    /// <param name="lane">The lane.</param>
    /// <param name="shadows">Shadows of the memory.</param>
    /// <param name="offset">Byte offset of the access in that memory.</param>
    /// <returns>The access that this one races with, if any.</returns>
    protected AccessRecord? Check(in MemoryEvent e, int lane, ShadowMemory shadows, long offset)
    {
        AccessRecord? rival = null;
        int granule = shadows.Granule(offset, e.Bytes);
        var trace = e.Block.Trace;
        var now = new AccessRecord
        {
            Block = e.Block.FlatIndex,
            Op = e.Op.Index,
            Sequence = e.Sequence,
            Thread = (ushort)e.Warp.Thread(lane),
            Clock = trace.ClockOf(e.Warp),
            LaneClock = trace.LaneClockOf(e.Warp, lane),
            IsStrong = e.IsStrong,
            IsWrite = e.IsWrite,
        };
        for (int b = 0; b < e.Bytes; b += granule)
        {
            ref var shadow = ref shadows.At(offset + b);
            if (Conflicts(shadow.Write, now, e, lane) && !IsSameValue(shadow.Write, e, lane)) rival ??= shadow.Write;
            if (e.IsWrite)
            {
                if (Conflicts(shadow.Read, now, e, lane)) rival ??= shadow.Read;
                if (Conflicts(shadow.OtherRead, now, e, lane)) rival ??= shadow.OtherRead;
                shadow.Write = now;
            }
            else Remember(ref shadow, now, e, lane);
        }
        return rival;
    }

    private bool Conflicts(in AccessRecord record, in AccessRecord now, in MemoryEvent e, int lane)
    {
        if (record.Thread == AccessRecord.Nobody || (record.IsStrong && now.IsStrong)) return false;
        if (record.Thread == now.Thread && record.Block == now.Block) return false;
        return !IsOrdered(record, e, lane);
    }

    // The two kept reads are by different threads: a writer is at most one of them.
    private void Remember(ref Shadow shadow, in AccessRecord now, in MemoryEvent e, int lane)
    {
        bool isSame = shadow.Read.Thread == now.Thread && shadow.Read.Block == now.Block;
        if (isSame || shadow.Read.Thread == AccessRecord.Nobody || IsOrdered(shadow.Read, e, lane)) shadow.Read = now;
        else shadow.OtherRead = now;
    }

    private static unsafe bool IsSameValue(in AccessRecord earlier, in MemoryEvent e, int lane)
    {
        if (e.Kind is not (AccessKind.Store or AccessKind.StrongStore)) return false;
        var w = e.Warp;
        var op = e.Op;
        int size = e.Bytes / w.StoredRows.Length;
        bool isSameInstruction = earlier.Sequence == e.Sequence;
        for (int k = 0; k < w.StoredRows.Length; k++)
        {
            byte* row = w.R + w.StoredRows[k];
            byte* value = row + (lane * op.StrideD);
            byte* other = isSameInstruction ? row + ((earlier.Thread & 31) * op.StrideD) : (byte*)w.Ptr[lane] + (k * size);
            if (!new ReadOnlySpan<byte>(value, size).SequenceEqual(new ReadOnlySpan<byte>(other, size))) return false;
        }
        return true;
    }

    /// <summary>Reports a race of a lane with an earlier access, at both instructions: which of them comes second is chance.</summary>
    protected void Report(in MemoryEvent e, int lane, ulong address, in AccessRecord rival)
    {
        var launch = e.Block.Launch;
        var (now, earlier) = (e.Op, launch.Program.Ops[rival.Op]);
        var tracer = launch.Tracer!;
        var (thread, rivalThread) = (e.Block.ThreadAt(e.Warp.Thread(lane)), e.Block.ThreadAt(rival.Thread));
        var finding = tracer.Find(kind, now) ?? tracer.Add(Describe(e, now, address, rivalThread, rival.Block, rival.Sequence == e.Sequence ? null : earlier, e.IsWrite, e.Kind == AccessKind.Atomic), now);
        finding.Add(e.Block.Index, thread);
        var twin = tracer.Find(kind, earlier) ?? tracer.Add(Describe(e, earlier, address, thread, e.Block.FlatIndex, now, rival.IsWrite, rival.IsStrong), earlier);
        twin.Add(launch.BlockAt(rival.Block), rivalThread);
    }

    private Finding Describe(in MemoryEvent e, Op op, ulong address, Dim3 rival, int rivalBlock, Op? other, bool isWrite, bool isAtomic)
    {
        var launch = e.Block.Launch;
        string what = isAtomic ? "atomic or volatile access" : isWrite ? "write" : "read";
        string whose = kind == FindingKind.SharedRace ? $"thread {rival}" : $"thread {rival} of block {launch.BlockAt(rivalBlock)}";
        string when = other is null ? "in the same instruction" : $"at PTX line {other.Source.Line}{launch.SourceOf(other)}";
        return launch.Describe(kind, op, address, $"{what} of {e.Bytes} bytes at 0x{address:x} races with {whose} {when}");
    }

    protected static int Lane(ref uint lanes)
    {
        int lane = BitOperations.TrailingZeroCount(lanes);
        lanes &= lanes - 1;
        return lane;
    }
}
