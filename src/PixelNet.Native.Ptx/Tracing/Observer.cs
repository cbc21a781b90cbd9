using PixelNet.Native.Ptx.Execution;

namespace PixelNet.Native.Ptx.Tracing;

/// <summary>One memory instruction of a warp: its addresses and pointers are in the warp while the event is delivered, before memory changes.</summary>
internal readonly struct MemoryEvent(Warp warp, Op op, int bytes, AccessKind kind, uint lanes, uint sequence)
{
    public Warp Warp { get; } = warp;

    public Op Op { get; } = op;

    /// <summary>Bytes a lane.</summary>
    public int Bytes { get; } = bytes;

    public AccessKind Kind { get; } = kind;

    /// <summary>Lanes whose access is valid and goes to the space of the call.</summary>
    public uint Lanes { get; } = lanes;

    /// <summary>Number of this event within the launch.</summary>
    public uint Sequence { get; } = sequence;

    public bool IsRead => Kind is AccessKind.Load or AccessKind.StrongLoad or AccessKind.AsyncLoad or AccessKind.Atomic;

    public bool IsWrite => Kind is AccessKind.Store or AccessKind.StrongStore or AccessKind.AsyncStore or AccessKind.Atomic;

    /// <summary>Whether the access may meet others of its kind without being a race.</summary>
    public bool IsStrong => Kind is AccessKind.Atomic or AccessKind.StrongLoad or AccessKind.StrongStore;

    public Block Block => Warp.Block;

    public void Report(FindingKind kind, uint lanes, ulong address, string message) =>
        Block.Launch.Report(kind, Warp, Op, lanes, address, message);
}

/// <summary>A watcher of the event stream of a launch.</summary>
internal abstract class Observer
{
    public virtual void StartBlock(Block block)
    {
    }

    public virtual void Global(in MemoryEvent e)
    {
    }

    public virtual void Shared(in MemoryEvent e)
    {
    }

    public virtual void BarrierDone(Block block, ulong warps)
    {
    }

    public virtual void WarpSync(Warp warp)
    {
    }

    public virtual void Fence(Warp warp)
    {
    }
}
