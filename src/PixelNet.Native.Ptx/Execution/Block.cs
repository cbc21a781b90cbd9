using System.Numerics;
using System.Runtime.InteropServices;
using PixelNet.Native.Ptx.Tracing;

namespace PixelNet.Native.Ptx.Execution;

/// <summary>A block of threads: its warps, shared memory and barriers. Blocks are used again for one grid index after the other.</summary>
internal sealed unsafe partial class Block : IDisposable
{
    private readonly Warp[] warps;
    private readonly Warp[] order;
    private readonly Barrier[] barriers = [.. Enumerable.Range(0, 16).Select(_ => new Barrier())];
    private int liveThreads;

    public Block(Launch launch)
    {
        Launch = launch;
        var program = launch.Program;
        int warpCount = (int)((launch.BlockShape.Count + 31) / 32);
        warps = [.. Enumerable.Range(0, warpCount).Select(i => new Warp(this, i, program.RegisterBytes, program.LocalBytes))];
        order = [.. warps];
        SharedBytes = launch.SharedBytes;
        Shared = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(SharedBytes, 16), 256);
        foreach (var warp in warps) program.InitialiseConstants(warp, launch);
    }

    ~Block() => NativeMemory.AlignedFree(Shared);

    public Launch Launch { get; }

    public Tracer? Tracer => Launch.Tracer;

    /// <summary>What the observers keep about this block.</summary>
    public BlockTrace Trace { get; } = new();

    public Dim3 Index { get; private set; }

    public int FlatIndex { get; private set; }

    public byte* Shared { get; private set; }

    public int SharedBytes { get; }

    public ReadOnlySpan<Warp> Warps => warps;

    public bool IsDone => liveThreads == 0;

    /// <summary>Sets up a grid index: fresh shared and local memory, all threads at the entry.</summary>
    public void Start(int flatIndex)
    {
        FlatIndex = flatIndex;
        Index = Launch.BlockAt(flatIndex);
        liveThreads = (int)Launch.BlockShape.Count;
        new Poison(Shared, SharedBytes).Fill();
        foreach (var barrier in barriers) barrier.Reset();
        Launch.Shuffle(order);
        foreach (var warp in warps)
        {
            int left = liveThreads - warp.Index * 32;
            warp.Start(left >= 32 ? Warp.AllLanes : (1u << left) - 1);
            warp.Async.Clear();
            if (warp.LocalBytes > 0) new Poison(warp.Local, warp.LocalBytes * 32L).Fill();
            Launch.Program.InitialiseBlock(warp, this);
        }
        Tracer?.StartBlock(this);
    }

    /// <summary>Runs until the block is done or has executed about <paramref name="budget"/> instructions.</summary>
    public void Run(long budget)
    {
        var ops = Launch.Program.Ops;
        bool isTraced = Tracer is not null;
        while (budget > 0 && liveThreads > 0)
        {
            long done = 0;
            foreach (var warp in order)
            {
                if (!warp.IsReady) continue;
                int n = warp.RunSlice(ops, isTraced);
                Launch.Spend(n, warp);
                done += n;
            }
            budget -= done;
            if (done == 0 && liveThreads > 0) Unblock(ops);
        }
    }

    private void Unblock(Op[] ops)
    {
        foreach (var warp in warps)
        {
            if (warp.Unblock(ops)) return;
        }
        // Everybody waits at some barrier that cannot complete: on a GPU the kernel would hang.
        int index = Array.FindIndex(barriers, b => b.Arrived > 0);
        var barrier = barriers[index];
        int expected = barrier.Expected == 0 ? liveThreads : barrier.Expected;
        var (stuck, lanes) = FirstWaiting(index);
        string message = $"deadlock: {barrier.Arrived} of {expected} threads wait at barrier {index} and the others never come";
        var finding = Launch.Describe(FindingKind.BarrierDivergence, barrier.First!, 0, message);
        Launch.Place(finding, this, stuck, lanes);
        throw new LaunchFault(finding);
    }

    private (Warp Warp, uint Lanes) FirstWaiting(int barrier)
    {
        foreach (var warp in warps)
        {
            foreach (var fragment in warp.Fragments)
            {
                if (fragment.State == FragmentState.AtBarrier && fragment.Waiting == (uint)barrier) return (warp, fragment.Mask);
            }
        }
        return (warps[0], 0);
    }

    /// <summary>Coordinates of a thread from its flat index.</summary>
    public Dim3 ThreadAt(int flat)
    {
        var shape = Launch.BlockShape;
        return new Dim3(flat % shape.X, flat / shape.X % shape.Y, flat / shape.X / shape.Y);
    }

    /// <summary>A finding that is none without observers, because a GPU would carry on.</summary>
    public void ReportWarp(FindingKind kind, Warp warp, Op op, uint lanes, string message)
    {
        if (Tracer is not null) Launch.Report(kind, warp, op, lanes, 0, message);
    }

    public void OnExit(int threads)
    {
        liveThreads -= threads;
        for (int i = 0; i < barriers.Length; i++) CompleteIfFull(i);
    }

    /// <summary>The active lanes of a warp come to a barrier (<paramref name="isWaiting"/>: and wait there).</summary>
    public void Arrive(Warp warp, Op op, int index, int expected, bool isWaiting)
    {
        var barrier = barriers[index];
        barrier.First ??= op;
        if (barrier.First != op) barrier.Other = op;
        barrier.Expected = Math.Max(barrier.Expected, expected);
        barrier.Arrived += BitOperations.PopCount(warp.Mask);
        barrier.Warps |= 1UL << warp.Index;
        if (isWaiting) warp.ParkAtBarrier((uint)index);
        CompleteIfFull(index);
    }

    /// <summary>Adds the votes of a <c>bar.red</c>, whose result is written when the barrier completes.</summary>
    public void Vote(Warp warp, Op op, int index, uint votes)
    {
        barriers[index].Votes += BitOperations.PopCount(votes & warp.Mask);
        barriers[index].Reductions.Add((warp, op, warp.Mask));
    }

    private void CompleteIfFull(int index)
    {
        var barrier = barriers[index];
        if (barrier.Arrived == 0) return;
        int expected = barrier.Expected == 0 ? liveThreads : barrier.Expected;
        if (barrier.Arrived < expected) return;
        if (Tracer is not null) Check(barrier, index);
        foreach (var (warp, op, lanes) in barrier.Reductions) Instructions.Barriers.WriteReduction(warp, op, lanes, barrier.Votes, barrier.Arrived);
        Tracer?.BarrierDone(this, barrier.Warps);
        barrier.Reset();
        foreach (var warp in warps) warp.Release((uint)index);
    }

    // Barriers with a thread count are made for different instructions: producers arrive at one, consumers wait at another.
    private void Check(Barrier barrier, int index)
    {
        if (barrier.Expected != 0) return;
        long all = Launch.BlockShape.Count;
        if (barrier.Other is not null)
        {
            foreach (var warp in warps)
            {
                foreach (var fragment in warp.Fragments)
                {
                    if (fragment.State != FragmentState.AtBarrier || fragment.Waiting != (uint)index) continue;
                    var op = Launch.Program.Ops[fragment.Pc - 1];
                    var other = op == barrier.First ? barrier.Other : barrier.First!;
                    Launch.Report(FindingKind.BarrierDivergence, warp, op, fragment.Mask, 0,
                        $"threads of one block wait at different barriers at the same time: others wait at PTX line {other.Source.Line}{Launch.SourceOf(other)}");
                }
            }
        }
        else if (barrier.Arrived < all)
        {
            var (warp, lanes) = FirstWaiting(index);
            Launch.Report(FindingKind.BarrierDivergence, warp, barrier.First!, lanes, 0,
                $"only {barrier.Arrived} of the block's {all} threads come to the barrier, the others have left the kernel");
        }
    }

    public void Dispose()
    {
        foreach (var warp in warps) warp.Dispose();
        NativeMemory.AlignedFree(Shared);
        Shared = null;
        GC.SuppressFinalize(this);
    }
}
