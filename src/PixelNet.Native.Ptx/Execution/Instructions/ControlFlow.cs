using System.Numerics;
using PixelNet.Native.Ptx.Parsing;
using PixelNet.Native.Ptx.Tracing;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary><c>bra brx.idx call ret exit trap brkpt nanosleep</c> and fences (PTX ISA 7.8, sections 9.7.11 and 9.7.12).</summary>
internal static unsafe class ControlFlow
{
    public static void TranslateBranch(Translator t)
    {
        t.Accept("uni");
        t.Count(1);
        var operand = t.Operand(0);
        if (operand.Symbol is null) throw t.Fail("the target must be a label");
        var op = t.Emit(&Branch);
        op.IsBranch = true;
        t.BranchTo(op, operand.Symbol);
    }

    private static void Branch(Warp w, Op o) => w.Branch(w.Mask, o.Target);

    /// <summary><c>brx.idx index, table</c>: each lane jumps to the label its index names.</summary>
    public static void TranslateIndexed(Translator t)
    {
        if (!t.Accept("idx")) throw t.Fail(".idx is missing");
        t.Accept("uni");
        t.Count(2);
        string name = t.Operand(1).Symbol ?? throw t.Fail("the second operand must be a table of branch targets");
        string[] labels = t.Instruction.Scope.FindBranchTargets(name) ?? throw t.Fail($"'{name}' is no table of branch targets declared above");
        var op = t.Emit(&IndexedBranch, 0, t.Src(0, PtxType.U32));
        op.Rows = new int[labels.Length];
        t.TableOf(op.Rows, labels);
    }

    private static void IndexedBranch(Warp w, Op o)
    {
        uint left = w.Mask;
        int first = BitOperations.TrailingZeroCount(left);
        uint index = w.Read32(o.A, first);
        if (index >= o.Rows.Length)
            w.Block.Launch.Report(FindingKind.Trap, w, o, 1u << first, 0, $"index {index} is beyond the table of {o.Rows.Length} branch targets");
        uint same = 0;
        for (; left != 0; left &= left - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left);
            if (w.Read32(o.A, lane) == index) same |= 1u << lane;
        }
        // Lanes with another index execute this op again for themselves.
        if (same != w.Mask) w.SplitTo(w.Mask & ~same, o.Index, same, o.Rows[index]);
        else w.Branch(same, o.Rows[index]);
    }

    public static void TranslateReturn(Translator t)
    {
        t.Accept("uni");
        t.Count(0);
        if (t.IsInCall) t.BranchToEnd(t.Emit(&Branch));
        else t.Emit(&Exit);
    }

    public static void TranslateExit(Translator t)
    {
        t.Count(0);
        t.Emit(&Exit);
    }

    public static void Exit(Warp w, Op o) => w.Exit();

    public static void TranslateTrap(Translator t)
    {
        t.Count(0);
        t.Emit(&Trap);
    }

    private static void Trap(Warp w, Op o) =>
        w.Block.Launch.Report(FindingKind.Trap, w, o, w.Mask, 0, $"the kernel executed {o.Source.FullName}");

    /// <summary>Instructions that change nothing where memory is sequential and time does not pass.</summary>
    public static void TranslateNothing(Translator t)
    {
        t.AcceptAny("sc", "acq_rel");
        t.AcceptAny("cta", "gl", "sys", "gpu", "cluster");
        t.AcceptAny("u32");
        t.Emit(&Fence);
    }

    private static void Fence(Warp w, Op o) => w.Block.Tracer?.Fence(w, o);

    /// <summary><c>prefetch</c>, <c>discard</c>, <c>applypriority</c>: hints.</summary>
    public static void TranslateHint(Translator t)
    {
        t.Space();
        t.Ordering();
        t.AcceptAny("L1", "L2", "L2::evict_last", "L2::evict_normal");
        t.Emit(&Nothing);
    }

    private static void Nothing(Warp w, Op o)
    {
    }
}
