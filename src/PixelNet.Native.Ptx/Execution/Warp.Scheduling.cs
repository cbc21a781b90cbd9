using System.Numerics;
using System.Runtime.CompilerServices;
using PixelNet.Native.Ptx.Tracing;

namespace PixelNet.Native.Ptx.Execution;

/// <summary>
/// Which lanes run. A warp is a set of fragments (lanes at one op). The fragment at the lowest op runs, so lanes that branched away meet
/// again at the join; a fragment that has used its slice lets the others run in turn, so a spin loop cannot starve the lane that would end it.
/// </summary>
internal sealed partial class Warp
{
    private const int Slice = 1 << 13;

    private readonly Fragment[] fragments = new Fragment[32];
    private int count;
    private int current;
    private long clock;
    private bool isParked;
    private bool isForced;

    /// <summary>Whether the last run was cut off by the slice rather than by waiting.</summary>
    private bool isSliceOver;

    public bool IsDone => count == 0;

    public bool IsReady
    {
        get
        {
            for (int i = 0; i < count; i++)
            {
                if (fragments[i].State == FragmentState.Ready) return true;
            }
            return false;
        }
    }

    public ReadOnlySpan<Fragment> Fragments => fragments.AsSpan(0, count);

    /// <summary>Starts the kernel with the given lanes.</summary>
    public void Start(uint lanes)
    {
        Live = lanes;
        Mask = 0;
        SetMask(lanes);
        count = 0;
        clock = 0;
        isSliceOver = false;
        if (lanes != 0) fragments[count++] = new Fragment { Pc = 0, Mask = lanes };
    }

    /// <summary>Runs fragments until none is ready or about one slice is used up; returns the number of executed instructions.</summary>
    public int RunSlice(Op[] ops, bool isTraced)
    {
        int budget = Slice;
        while (budget > 0 && PickFragment())
        {
            int before = budget;
            budget = isTraced ? RunTraced(ops, budget) : RunPlain(ops, budget);
            isSliceOver = budget <= 0;
            ref var f = ref fragments[current];
            f.LastRun = clock += before - budget;
            if (Mask == 0 && !isParked) { Remove(current); continue; }
            if (!isParked) { f.Pc = Pc; f.Mask = Mask; f.State = FragmentState.Ready; }
        }
        return Slice - budget;
    }

    private int limit;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe int RunPlain(Op[] ops, int budget)
    {
        uint lanes = Mask;
        while (Pc < limit && budget > 0)
        {
            budget--;
            var op = ops[Pc++];
            if (op.Guard >= 0)
            {
                uint guard = Predicate(op.Guard);
                lanes = Mask;
                uint active = lanes & (op.GuardNegated ? ~guard : guard);
                if (active == 0) continue;
                if (active != lanes)
                {
                    guarded = lanes;
                    SetMask(active);
                    op.Run(this, op);
                    if (!isStopped) { SetMask(guarded & Live); guarded = 0; continue; }
                    guarded = 0;
                    break;
                }
            }
            op.Run(this, op);
            if (isStopped) break;
        }
        return budget;
    }

    private unsafe int RunTraced(Op[] ops, int budget)
    {
        var tracer = Block.Tracer!;
        while (Pc < limit && budget > 0)
        {
            budget--;
            var op = ops[Pc++];
            uint lanes = Mask, active = lanes;
            if (op.Guard >= 0)
            {
                uint guard = Predicate(op.Guard);
                active &= op.GuardNegated ? ~guard : guard;
            }
            tracer.Count(this, op, op.IsBranch ? lanes : active);
            if (active == 0) continue;
            guarded = active == lanes ? 0 : lanes;
            SetMask(active);
            op.Run(this, op);
            if (isStopped) { guarded = 0; break; }
            if (guarded != 0) SetMask(guarded & Live);
            guarded = 0;
        }
        return budget;
    }

    /// <summary>All lanes of the running fragment while a guarded instruction executes for a part of them; else 0.</summary>
    private uint guarded;
    private bool isStopped;

    private bool PickFragment()
    {
        Merge();
        int best = -1;
        for (int i = 0; i < count; i++)
        {
            if (fragments[i].State != FragmentState.Ready) continue;
            if (best < 0 || (isSliceOver ? fragments[i].LastRun < fragments[best].LastRun : fragments[i].Pc < fragments[best].Pc)) best = i;
        }
        if (best < 0) return false;
        isSliceOver = false;
        current = best;
        Pc = fragments[best].Pc;
        SetMask(fragments[best].Mask);
        limit = int.MaxValue;
        for (int i = 0; i < count; i++)
        {
            // Waiting at a warp sync counts too: whoever comes to the same op joins it. Lanes at a barrier have passed their op.
            if (i != best && fragments[i].State != FragmentState.AtBarrier && fragments[i].Pc > Pc) limit = Math.Min(limit, fragments[i].Pc);
        }
        isStopped = isParked = false;
        return true;
    }

    private void Merge()
    {
        for (int i = 0; i < count; i++)
        {
            for (int j = count - 1; j > i; j--)
            {
                if (fragments[i].Pc != fragments[j].Pc || fragments[i].State == FragmentState.AtBarrier || fragments[j].State == FragmentState.AtBarrier) continue;
                fragments[i].Mask |= fragments[j].Mask;
                fragments[i].State = FragmentState.Ready;
                Remove(j);
            }
        }
    }

    private void Remove(int index) => fragments[index] = fragments[--count];

    /// <summary>A branch taken by some lanes: they go to the target, the others of the fragment go on behind the branch.</summary>
    public void Branch(uint taken, int target)
    {
        uint all = guarded == 0 ? Mask : guarded;
        uint rest = all & ~taken;
        if (rest == 0)
        {
            Pc = target;
            if (count > 1) isStopped = true;
            return;
        }
        fragments[count++] = new Fragment { Pc = target, Mask = taken, LastRun = clock };
        SetMask(rest);
        isStopped = true;
    }

    /// <summary>Some active lanes execute an op again, the others go to a target.</summary>
    public void SplitTo(uint again, int op, uint taken, int target)
    {
        uint all = guarded == 0 ? Mask : guarded;
        if ((all & ~Mask) != 0) fragments[count++] = new Fragment { Pc = Pc, Mask = all & ~Mask, LastRun = clock };
        fragments[count++] = new Fragment { Pc = target, Mask = taken, LastRun = clock };
        Pc = op;
        SetMask(again);
        isStopped = true;
    }

    /// <summary>Whether the instruction that just asked to converge was put off.</summary>
    public bool IsWaiting => isParked || isStopped;

    /// <summary>The active lanes leave the kernel.</summary>
    public void Exit()
    {
        uint gone = Mask;
        uint all = guarded == 0 ? Mask : guarded;
        Live &= ~gone;
        SetMask(all & ~gone);
        isStopped = true;
        Block.OnExit(BitOperations.PopCount(gone));
    }

    /// <summary>The active lanes wait at a block barrier, whose op they have passed; the fragment's other lanes go on.</summary>
    public void ParkAtBarrier(uint barrier) => Park(new Fragment { Pc = Pc, State = FragmentState.AtBarrier, Waiting = barrier });

    /// <summary>
    /// Whether the lanes of a member mask have come to this <c>.sync</c> instruction; if not, the active lanes wait here and the instruction
    /// is to do nothing. Lanes outside the mask that execute it, and lanes that can never come, are reported.
    /// </summary>
    public bool Converge(Op op, uint members)
    {
        if ((Mask & ~members) != 0)
            Block.ReportWarp(FindingKind.BarrierDivergence, this, op, Mask & ~members, $"lanes execute {op.Source.FullName} but are not in its member mask 0x{members:x8}");
        if ((members & Live & ~Mask) == 0) return true;
        if (isForced)
        {
            isForced = false;
            Block.ReportWarp(FindingKind.BarrierDivergence, this, op, members & Live & ~Mask,
                $"the member mask 0x{members:x8} of {op.Source.FullName} names lanes that never come to it");
            return true;
        }
        Park(new Fragment { Pc = op.Index, State = FragmentState.AtWarpSync, Waiting = members });
        return false;
    }

    private void Park(Fragment parked)
    {
        uint all = guarded == 0 ? Mask : guarded;
        uint rest = all & ~Mask;
        parked.Mask = Mask;
        parked.LastRun = clock;
        if (rest != 0)
        {
            fragments[count++] = parked;
            SetMask(rest);
        }
        else
        {
            fragments[current] = parked;
            isParked = true;
        }
        isStopped = true;
    }

    /// <summary>Lets the lanes at a barrier go on.</summary>
    public void Release(uint barrier)
    {
        for (int i = 0; i < count; i++)
        {
            if (fragments[i].State == FragmentState.AtBarrier && fragments[i].Waiting == barrier) fragments[i].State = FragmentState.Ready;
        }
    }

    /// <summary>
    /// Called when nothing in the block can run: lanes at different <c>bar.warp.sync</c> of one mask release each other; failing that, the first
    /// waiting fragment runs without the missing lanes. False if no fragment waits at a warp sync.
    /// </summary>
    public bool Unblock(Op[] ops)
    {
        uint waiting = 0;
        for (int i = 0; i < count; i++)
        {
            if (IsWarpBarrier(i, ops)) waiting |= fragments[i].Mask;
        }
        bool released = false;
        for (int i = 0; i < count; i++)
        {
            if (!IsWarpBarrier(i, ops) || (fragments[i].Waiting & Live & ~waiting) != 0) continue;
            fragments[i].Pc++;
            fragments[i].State = FragmentState.Ready;
            released = true;
        }
        for (int i = 0; i < count && !released; i++)
        {
            if (fragments[i].State != FragmentState.AtWarpSync) continue;
            fragments[i].State = FragmentState.Ready;
            isForced = released = true;
        }
        return released;
    }

    private bool IsWarpBarrier(int i, Op[] ops) =>
        fragments[i].State == FragmentState.AtWarpSync && ops[fragments[i].Pc].Source.FullName.Contains("warp", StringComparison.Ordinal);
}
