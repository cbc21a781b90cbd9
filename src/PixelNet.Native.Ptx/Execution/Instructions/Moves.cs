using System.Numerics;
using System.Runtime.Intrinsics;
using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary><c>mov</c> (registers, addresses, special registers, packing and unpacking), <c>cvta</c>, <c>isspacep</c>, <c>activemask</c> (PTX ISA 7.8, section 9.7.8).</summary>
internal static unsafe class Moves
{
    private struct Same<T> : IVector1<T> where T : unmanaged
    {
        public static Vector512<T> Apply(Vector512<T> a) => a;
    }

    public static Run Copy(int laneBytes) => laneBytes == 8 ? &Simd.Map1<ulong, Same<ulong>> : &Simd.Map1<uint, Same<uint>>;

    public static void TranslateMov(Translator t)
    {
        var type = t.Type();
        t.Count(2);
        Operand to = t.Operand(0), from = t.Operand(1);
        if (to.Kind == OperandKind.Vector || from.Kind == OperandKind.Vector) Repack(t, type, to, from);
        else if (type == PtxType.Pred) t.Emit(&Predicates.Move, t.PredDst(to), t.Pred(from));
        else if (from.Kind == OperandKind.Special && from.Text is "%clock" or "%clock_hi" or "%clock64" or "%globaltimer" or "%globaltimer_lo" or "%globaltimer_hi")
            t.Emit(type.Size() == 8 ? &Clock<ulong> : &Clock<uint>, t.Dst(0, type)).Option = from.Text.EndsWith("hi", StringComparison.Ordinal) ? 32 : 0;
        else t.Emit(Copy(Translator.LaneBytes(type)), t.Dst(0, type), t.Src(1, type));
    }

    // Time is counted in instructions of this warp: monotonous, and the same in every run.
    private static void Clock<T>(Warp w, Op o) where T : unmanaged, IBinaryInteger<T>
    {
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
            Lanes.Put(w.R + o.D, BitOperations.TrailingZeroCount(lanes), T.CreateTruncating(w.Clock >> o.Option));
    }

    private static void Repack(Translator t, PtxType type, Operand to, Operand from)
    {
        var parts = to.Kind == OperandKind.Vector ? to.Items : from.Items;
        int bytes = type.Size() / Math.Max(parts.Length, 1);
        if (parts.Length is not (2 or 4) || bytes is not (1 or 2 or 4)) throw t.Fail("the parts do not make up the whole");
        var part = bytes switch { 1 => PtxType.B8, 2 => PtxType.B16, _ => PtxType.B32 };
        bool isPack = from.Kind == OperandKind.Vector;
        var op = t.Emit(isPack ? &Pack : &Unpack);
        op.Rows = [.. parts.Select(p => p.Kind == OperandKind.Sink ? -1 : bytes == 1 ? t.Wide(p, part, !isPack).Row : isPack ? t.Src(p, part) : t.Dst(p, part))];
        op.Option = bytes * 8;
        if (isPack) op.D = t.Dst(to, type);
        else op.A = t.Src(from, type);
        op.StrideA = type.Size() == 8 ? 8 : 4;
    }

    private static void Pack(Warp w, Op o)
    {
        ulong mask = (1UL << o.Option) - 1;
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int i = BitOperations.TrailingZeroCount(lanes);
            ulong whole = 0;
            for (int k = 0; k < o.Rows.Length; k++) whole |= (w.Read32(o.Rows[k], i) & mask) << (k * o.Option);
            if (o.StrideA == 8) Lanes.Put(w.R + o.D, i, whole);
            else w.Write32(o.D, i, (uint)whole);
        }
    }

    private static void Unpack(Warp w, Op o)
    {
        ulong mask = (1UL << o.Option) - 1;
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int i = BitOperations.TrailingZeroCount(lanes);
            ulong whole = o.StrideA == 8 ? w.Read64(o.A, i) : w.Read32(o.A, i);
            for (int k = 0; k < o.Rows.Length; k++)
            {
                if (o.Rows[k] >= 0) w.Write32(o.Rows[k], i, (uint)((whole >> (k * o.Option)) & mask));
            }
        }
    }

    /// <summary><c>cvta.space</c> adds the window of a space, <c>cvta.to.space</c> takes it off; global and const addresses are generic already.</summary>
    public static void TranslateCvta(Translator t)
    {
        bool isTo = t.Accept("to");
        var space = t.Space();
        if (space == StateSpace.Generic) throw t.Fail("the space is missing");
        var type = t.Type(PtxType.U64, PtxType.U32);
        t.Count(2);
        ulong window = space switch
        {
            StateSpace.Shared => DeviceMemory.SharedWindow,
            StateSpace.Local => DeviceMemory.LocalWindow,
            StateSpace.Param => t.IsInCall ? DeviceMemory.LocalWindow : DeviceMemory.ParamWindow,
            _ => 0,
        };
        if (type == PtxType.U32 && window != 0) throw t.Fail("generic addresses have 64 bits");
        if (window == 0)
        {
            t.Emit(Copy(Translator.LaneBytes(type)), t.Dst(0, type), t.Src(1, type));
            return;
        }
        t.Emit(&Simd.Map2<ulong, IntegerArithmetic.Add<ulong>>, t.Dst(0, type), t.Src(1, type), t.Constant(8, isTo ? 0 - window : window));
    }

    public static void TranslateIsSpace(Translator t)
    {
        var space = t.Space();
        if (space == StateSpace.Generic) throw t.Fail("the space is missing");
        t.Count(2);
        t.Emit(&IsSpace, t.PredDst(t.Operand(0)), t.Src(1, PtxType.B64)).Space = space;
    }

    private static void IsSpace(Warp w, Op o)
    {
        uint bits = 0;
        for (int i = 0; i < 32; i++)
        {
            if (Memory.SpaceOf(w.Read64(o.A, i)) == o.Space) bits |= 1u << i;
        }
        w.SetPredicate(o.D, bits);
    }

    public static void TranslateActiveMask(Translator t)
    {
        var type = t.Type(PtxType.B32);
        t.Count(1);
        t.Emit(&ActiveMask, t.Dst(0, type));
    }

    private static void ActiveMask(Warp w, Op o)
    {
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1) w.Write32(o.D, BitOperations.TrailingZeroCount(lanes), w.Mask);
    }
}
