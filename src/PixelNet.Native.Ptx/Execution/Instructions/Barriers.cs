using System.Numerics;
using PixelNet.Native.Ptx.Parsing;
using PixelNet.Native.Ptx.Tracing;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary><c>bar.{sync,arrive,red}</c>, <c>barrier</c> and <c>bar.warp.sync</c> (PTX ISA 7.8, sections 9.7.12.1-2).</summary>
internal static unsafe class Barriers
{
    private const int Waits = 1, Votes = 2, All = 4, Any = 8;

    public static void Translate(Translator t)
    {
        t.Accept("cta");
        t.Accept("aligned");
        if (t.Accept("warp"))
        {
            if (!t.Accept("sync")) throw t.Fail(".sync is missing");
            t.Count(1);
            t.Emit(&WarpSync, 0, t.Src(0, PtxType.B32));
            return;
        }
        string form = t.AcceptAny("sync", "arrive", "red") ?? throw t.Fail("one of .sync, .arrive, .red is missing");
        if (form == "red") TranslateReduction(t);
        else
        {
            t.Count(1, 2);
            var op = t.Emit(&Arrive, 0, t.Src(0, PtxType.B32), t.Instruction.Operands.Length > 1 ? t.Src(1, PtxType.B32) : -1);
            op.Option = form == "sync" ? Waits : 0;
            if (form == "arrive" && op.B < 0) throw t.Fail("bar.arrive needs a thread count");
        }
    }

    // bar.red.popc.u32 d, a[, b], [!]p     bar.red.{and,or}.pred q, a[, b], [!]p
    private static void TranslateReduction(Translator t)
    {
        string kind = t.AcceptAny("popc", "and", "or") ?? throw t.Fail("one of .popc, .and, .or is missing");
        var type = t.Type(PtxType.U32, PtxType.Pred);
        t.Count(3, 4);
        int last = t.Instruction.Operands.Length - 1;
        int p = t.Pred(t.Operand(last));
        int d = type == PtxType.Pred ? t.PredDst(t.Operand(0)) : t.Dst(0, PtxType.U32);
        var op = t.Emit(&Arrive, d, t.Src(1, PtxType.B32), last == 3 ? t.Src(2, PtxType.B32) : -1, p);
        op.Option = Waits | Votes | (kind == "and" ? All : kind == "or" ? Any : 0);
    }

    private static void Arrive(Warp w, Op o)
    {
        int lane = BitOperations.TrailingZeroCount(w.Mask);
        uint index = w.Read32(o.A, lane);
        int expected = o.B >= 0 ? (int)w.Read32(o.B, lane) : 0;
        if (index > 15 || expected % 32 != 0 || expected < 0)
            w.Block.Launch.Report(FindingKind.Trap, w, o, w.Mask, 0, $"barrier {index} with {expected} threads: the number goes to 15 and counts are multiples of 32");
        if ((o.Option & Votes) != 0) w.Block.Vote(w, o, (int)index, w.Predicate(o.C));
        w.Block.Arrive(w, o, (int)index, expected, (o.Option & Waits) != 0);
    }

    /// <summary>Gives the result of <c>bar.red</c> to lanes that waited for it.</summary>
    public static void WriteReduction(Warp w, Op o, uint lanes, int votes, int threads)
    {
        if ((o.Option & (All | Any)) != 0)
        {
            bool result = (o.Option & All) != 0 ? votes == threads : votes > 0;
            uint* p = (uint*)(w.R + o.D);
            *p = result ? *p | lanes : *p & ~lanes;
            return;
        }
        for (; lanes != 0; lanes &= lanes - 1) w.Write32(o.D, BitOperations.TrailingZeroCount(lanes), (uint)votes);
    }

    private static void WarpSync(Warp w, Op o)
    {
        uint members = w.Read32(o.A, BitOperations.TrailingZeroCount(w.Mask));
        if (w.Converge(o, members)) w.Block.Tracer?.WarpSync(w);
    }
}
