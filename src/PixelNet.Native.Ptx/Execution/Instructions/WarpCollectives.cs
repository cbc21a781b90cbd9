using System.Numerics;
using PixelNet.Native.Ptx.Parsing;
using PixelNet.Native.Ptx.Tracing;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary><c>shfl vote match redux elect</c> (PTX ISA 7.8, sections 9.7.8.6 and 9.7.12.7-10).</summary>
internal static unsafe class WarpCollectives
{
    private enum Mode { Up, Down, Bfly, Idx }

    /// <summary><c>shfl.sync.mode.b32 d[|p], a, b, c, members</c>.</summary>
    public static void TranslateShuffle(Translator t)
    {
        bool isSync = t.Accept("sync");
        string mode = t.AcceptAny("up", "down", "bfly", "idx") ?? throw t.Fail("the mode is missing or unknown");
        t.Type(PtxType.B32);
        t.Count(isSync ? 5 : 4);
        var destination = t.Operand(0);
        bool isPair = destination.Kind == OperandKind.Pair;
        var op = t.Emit(&Shuffle, t.Dst(isPair ? destination.Items[0] : destination, PtxType.B32), t.Src(1, PtxType.B32), t.Src(2, PtxType.B32), t.Src(3, PtxType.B32));
        if (isPair) op.D2 = t.PredDst(destination.Items[1]);
        op.E = isSync ? t.Src(4, PtxType.B32) : -1;
        op.Option = (int)Enum.Parse<Mode>(mode, ignoreCase: true);
    }

    private static bool Members(Warp w, Op o, int row) => row < 0 || w.Converge(o, w.Read32(row, BitOperations.TrailingZeroCount(w.Mask)));

    private static void Shuffle(Warp w, Op o)
    {
        if (!Members(w, o, o.E)) return;
        uint* source = stackalloc uint[32];
        for (int i = 0; i < 32; i++) source[i] = w.Read32(o.A, i);
        uint valid = 0, stale = 0;
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int lane = BitOperations.TrailingZeroCount(lanes);
            int b = (int)(w.Read32(o.B, lane) & 31);
            uint c = w.Read32(o.C, lane);
            int clamp = (int)(c & 31), segment = (int)((c >> 8) & 31);
            // Section 9.7.8.6: lanes of a segment exchange among themselves.
            int most = (lane & segment) | (clamp & ~segment), least = lane & segment;
            var (from, inRange) = (Mode)o.Option switch
            {
                Mode.Up => (lane - b, lane - b >= most),
                Mode.Down => (lane + b, lane + b <= most),
                Mode.Bfly => (lane ^ b, (lane ^ b) <= most),
                _ => (least | (b & ~segment), (least | (b & ~segment)) <= most),
            };
            if (!inRange) from = lane;
            else valid |= 1u << lane;
            if (((w.Mask >> from) & 1) == 0) stale |= 1u << lane;
            w.Write32(o.D, lane, source[from]);
        }
        if (o.D2 >= 0) w.SetPredicate(o.D2, valid);
        if (stale != 0)
            w.Block.ReportWarp(FindingKind.BarrierDivergence, w, o, stale, "lanes read from lanes that do not take part in the shuffle, whose values are undefined");
    }

    /// <summary><c>vote.sync.{all,any,uni}.pred</c> and <c>vote.sync.ballot.b32</c>.</summary>
    public static void TranslateVote(Translator t)
    {
        bool isSync = t.Accept("sync");
        string mode = t.AcceptAny("all", "any", "uni", "ballot") ?? throw t.Fail("the mode is missing or unknown");
        t.Type(mode == "ballot" ? PtxType.B32 : PtxType.Pred);
        t.Count(isSync ? 3 : 2);
        int p = t.Pred(t.Operand(1));
        int members = isSync ? t.Src(2, PtxType.B32) : -1;
        var op = mode == "ballot" ? t.Emit(&Ballot, t.Dst(0, PtxType.B32), p) : t.Emit(&Vote, t.PredDst(t.Operand(0)), p);
        op.Option = mode == "all" ? 0 : mode == "any" ? 1 : 2;
        op.E = members;
    }

    private static void Vote(Warp w, Op o)
    {
        if (!Members(w, o, o.E)) return;
        uint votes = w.Predicate(o.A) & w.Mask;
        bool result = o.Option switch { 0 => votes == w.Mask, 1 => votes != 0, _ => votes == 0 || votes == w.Mask };
        w.SetPredicate(o.D, result ? uint.MaxValue : 0);
    }

    private static void Ballot(Warp w, Op o)
    {
        if (!Members(w, o, o.E)) return;
        Spread(w, o.D, w.Predicate(o.A) & w.Mask);
    }

    private static void Spread(Warp w, int row, uint value)
    {
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1) w.Write32(row, BitOperations.TrailingZeroCount(lanes), value);
    }

    /// <summary><c>match.any.sync</c>, <c>match.all.sync d|p</c>.</summary>
    public static void TranslateMatch(Translator t)
    {
        string mode = t.AcceptAny("any", "all") ?? throw t.Fail("one of .any, .all is missing");
        if (!t.Accept("sync")) throw t.Fail(".sync is missing");
        var type = t.Type(PtxType.B32, PtxType.B64);
        t.Count(3);
        var destination = t.Operand(0);
        bool isPair = destination.Kind == OperandKind.Pair;
        var op = t.Emit(&Match, t.Dst(isPair ? destination.Items[0] : destination, PtxType.B32), t.Src(1, type));
        if (isPair) op.D2 = t.PredDst(destination.Items[1]);
        op.E = t.Src(2, PtxType.B32);
        op.StrideA = Translator.LaneBytes(type);
        op.Option = mode == "all" ? 1 : 0;
    }

    private static void Match(Warp w, Op o)
    {
        if (!Members(w, o, o.E)) return;
        ulong* values = stackalloc ulong[32];
        for (int i = 0; i < 32; i++) values[i] = o.StrideA == 8 ? w.Read64(o.A, i) : w.Read32(o.A, i);
        uint all = 0;
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int lane = BitOperations.TrailingZeroCount(lanes);
            uint same = 0;
            for (int k = 0; k < 32; k++)
            {
                if (((w.Mask >> k) & 1) != 0 && values[k] == values[lane]) same |= 1u << k;
            }
            if (o.Option == 0) w.Write32(o.D, lane, same);
            else
            {
                bool isEqual = same == w.Mask;
                w.Write32(o.D, lane, isEqual ? w.Mask : 0);
                if (isEqual) all |= 1u << lane;
            }
        }
        if (o.D2 >= 0) w.SetPredicate(o.D2, all);
    }

    /// <summary><c>redux.sync</c>: one value from all lanes.</summary>
    public static void TranslateRedux(Translator t)
    {
        if (!t.Accept("sync")) throw t.Fail(".sync is missing");
        string operation = t.AcceptAny("add", "min", "max", "and", "or", "xor") ?? throw t.Fail("the operation is missing or unknown");
        var type = t.Type(PtxType.U32, PtxType.S32, PtxType.B32);
        t.Count(3);
        var op = t.Emit(&Redux, t.Dst(0, type), t.Src(1, type));
        op.E = t.Src(2, PtxType.B32);
        op.Option = Array.IndexOf(["add", "min", "max", "and", "or", "xor"], operation) | (type == PtxType.S32 ? 8 : 0);
    }

    private static void Redux(Warp w, Op o)
    {
        if (!Members(w, o, o.E)) return;
        uint lanes = w.Mask;
        uint r = w.Read32(o.A, BitOperations.TrailingZeroCount(lanes));
        for (lanes &= lanes - 1; lanes != 0; lanes &= lanes - 1)
        {
            uint v = w.Read32(o.A, BitOperations.TrailingZeroCount(lanes));
            r = o.Option switch
            {
                0 or 8 => r + v,
                1 => Math.Min(r, v),
                2 => Math.Max(r, v),
                9 => (uint)Math.Min((int)r, (int)v),
                10 => (uint)Math.Max((int)r, (int)v),
                3 or 11 => r & v,
                4 or 12 => r | v,
                _ => r ^ v,
            };
        }
        Spread(w, o.D, r);
    }
}
