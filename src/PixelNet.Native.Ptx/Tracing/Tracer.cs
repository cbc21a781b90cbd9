using System.Numerics;
using PixelNet.Native.Ptx.Execution;

namespace PixelNet.Native.Ptx.Tracing;

/// <summary>The event stream of one observed launch: it hands each event to the observers and collects their findings.</summary>
internal sealed class Tracer
{
    private const int MostFindings = 256;

    private readonly Observer[] observers;
    private readonly Observers enabled;
    private readonly Dictionary<(FindingKind, int), Finding> findings = [];
    private uint sequence;

    public Tracer(Observers enabled)
    {
        this.enabled = enabled;
        var list = new List<Observer>();
        if (enabled.HasFlag(Observers.AsyncWaits)) list.Add(new AsyncWaitObserver());
        if (enabled.HasFlag(Observers.Initialisation)) list.Add(new InitialisationObserver());
        if (enabled.HasFlag(Observers.SharedRaces)) list.Add(new SharedRaceObserver());
        if (enabled.HasFlag(Observers.GlobalRaces)) list.Add(new GlobalRaceObserver());
        if (enabled.HasFlag(Observers.Counters)) list.Add(new AccessCounter());
        observers = [.. list];
    }

    public IEnumerable<Finding> Findings => findings.Values.OrderBy(f => f.Line).ThenBy(f => f.Kind);

    /// <summary>The finding of a kind at an instruction; null if there is none yet.</summary>
    public Finding? Find(FindingKind kind, Op op) => findings.GetValueOrDefault((kind, op.Index));

    /// <summary>Records the first finding of its kind at an instruction.</summary>
    public Finding Add(Finding finding, Op op)
    {
        bool isWanted = finding.Kind != FindingKind.BarrierDivergence || enabled.HasFlag(Observers.Barriers);
        if (isWanted && findings.Count < MostFindings) findings[(finding.Kind, op.Index)] = finding;
        return finding;
    }

    public void StartBlock(Block block)
    {
        block.Trace.Start(block);
        foreach (var observer in observers) observer.StartBlock(block);
    }

    /// <summary>Counts an instruction of a warp and its active lanes.</summary>
    public void Count(Warp warp, Op op, uint active)
    {
        op.Executions++;
        op.ActiveLanes += BitOperations.PopCount(active);
    }

    /// <summary>A memory instruction; lanes outside <paramref name="ok"/> have been reported already.</summary>
    public void Access(Warp warp, Op op, int bytes, AccessKind kind, uint ok)
    {
        sequence++;
        uint shared = 0, global = 0;
        if (op.Space == Parsing.StateSpace.Shared) shared = ok;
        else if (op.Space is Parsing.StateSpace.Global or Parsing.StateSpace.Const) global = ok;
        else if (op.Space == Parsing.StateSpace.Generic) Split(warp, ok, out shared, out global);
        if (global != 0)
        {
            var e = new MemoryEvent(warp, op, bytes, kind, global, sequence);
            foreach (var observer in observers) observer.Global(e);
        }
        if (shared != 0)
        {
            var e = new MemoryEvent(warp, op, bytes, kind, shared, sequence);
            foreach (var observer in observers) observer.Shared(e);
        }
    }

    private static unsafe void Split(Warp warp, uint ok, out uint shared, out uint global)
    {
        shared = global = 0;
        for (uint lanes = ok; lanes != 0; lanes &= lanes - 1)
        {
            int lane = BitOperations.TrailingZeroCount(lanes);
            var space = Memory.SpaceOf(warp.Addr[lane]);
            if (space == Parsing.StateSpace.Shared) shared |= 1u << lane;
            else if (space == Parsing.StateSpace.Global) global |= 1u << lane;
        }
    }

    public void Fence(Warp warp, Op op)
    {
        foreach (var observer in observers) observer.Fence(warp);
    }

    public void WarpSync(Warp warp)
    {
        warp.Block.Trace.WarpSync(warp);
        foreach (var observer in observers) observer.WarpSync(warp);
    }

    public void BarrierDone(Block block, ulong warps)
    {
        block.Trace.Join(warps);
        foreach (var observer in observers) observer.BarrierDone(block, warps);
    }
}
