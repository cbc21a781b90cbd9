using System.Numerics;
using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary>
/// Extended precision: <c>add.cc addc sub.cc subc mad.cc madc</c> (PTX ISA 7.8, section 9.7.2). The carry flag is one bit a lane in
/// <see cref="Warp.Carries"/>; subtraction leaves its borrow there.
/// </summary>
internal static unsafe class Carry
{
    private const int ReadsCarry = 1, WritesCarry = 2, IsSubtraction = 4, IsWide = 8;

    public static void TranslateAddSub(Translator t)
    {
        bool writes = t.Accept("cc");
        Translate(t, t.Type(PtxType.U32, PtxType.S32, PtxType.U64, PtxType.S64), t.Instruction.Opcode == "subc", readsCarry: true, writes);
    }

    public static void Translate(Translator t, PtxType type, bool isSubtraction, bool readsCarry, bool writesCarry)
    {
        if (type.Size() < 4 || type.IsFloat()) throw t.Fail("the carry forms need 32- or 64-bit integers");
        t.Count(3);
        var op = t.Emit(&AddSub, t.Dst(0, type), t.Src(1, type), t.Src(2, type));
        op.Option = (readsCarry ? ReadsCarry : 0) | (writesCarry ? WritesCarry : 0) | (isSubtraction ? IsSubtraction : 0) | (type.Size() == 8 ? IsWide : 0);
    }

    private static void AddSub(Warp w, Op o)
    {
        bool isWide = (o.Option & IsWide) != 0;
        uint carries = 0;
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int lane = BitOperations.TrailingZeroCount(lanes);
            ulong carry = (o.Option & ReadsCarry) != 0 ? (w.Carries >> lane) & 1 : 0;
            UInt128 a = Read(w, o.A, lane, isWide), b = Read(w, o.B, lane, isWide);
            UInt128 r = (o.Option & IsSubtraction) != 0 ? a - b - carry : a + b + carry;
            Write(w, o.D, lane, isWide, (ulong)r);
            carries |= (uint)((r >> (isWide ? 64 : 32)) & 1) << lane;
        }
        if ((o.Option & WritesCarry) != 0) w.Carries = (w.Carries & ~w.Mask) | carries;
    }

    /// <summary><c>madc.{lo,hi}</c> and <c>mad.{lo,hi}.cc</c>.</summary>
    public static void TranslateMad(Translator t, bool readsCarry)
    {
        bool writes = t.Accept("cc");
        bool isHigh = t.AcceptAny("hi", "lo") == "hi";
        var type = t.Type(PtxType.U32, PtxType.S32, PtxType.U64, PtxType.S64);
        t.Count(4);
        var op = t.Emit(type.IsSigned() ? &Mad<Signed> : &Mad<Unsigned>, t.Dst(0, type), t.Src(1, type), t.Src(2, type), t.Src(3, type));
        op.Option = (readsCarry ? ReadsCarry : 0) | (writes ? WritesCarry : 0) | (type.Size() == 8 ? IsWide : 0);
        op.Imm = isHigh ? 1UL : 0;
    }

    private interface IProduct
    {
        static abstract ulong Part(ulong a, ulong b, bool isWide, bool isHigh);
    }

    private struct Unsigned : IProduct
    {
        public static ulong Part(ulong a, ulong b, bool isWide, bool isHigh)
        {
            ulong high = Math.BigMul(a, b, out ulong low);
            return isWide ? (isHigh ? high : low) : isHigh ? low >> 32 : (uint)low;
        }
    }

    private struct Signed : IProduct
    {
        public static ulong Part(ulong a, ulong b, bool isWide, bool isHigh)
        {
            if (!isWide) return isHigh ? (uint)(((long)(int)a * (int)b) >> 32) : (uint)(a * b);
            long high = Math.BigMul((long)a, (long)b, out long low);
            return (ulong)(isHigh ? high : low);
        }
    }

    private static void Mad<TProduct>(Warp w, Op o) where TProduct : struct, IProduct
    {
        bool isWide = (o.Option & IsWide) != 0;
        uint carries = 0;
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int lane = BitOperations.TrailingZeroCount(lanes);
            ulong carry = (o.Option & ReadsCarry) != 0 ? (w.Carries >> lane) & 1 : 0;
            UInt128 r = (UInt128)TProduct.Part(Read(w, o.A, lane, isWide), Read(w, o.B, lane, isWide), isWide, o.Imm != 0) + Read(w, o.C, lane, isWide) + carry;
            Write(w, o.D, lane, isWide, (ulong)r);
            carries |= (uint)((r >> (isWide ? 64 : 32)) & 1) << lane;
        }
        if ((o.Option & WritesCarry) != 0) w.Carries = (w.Carries & ~w.Mask) | carries;
    }

    private static ulong Read(Warp w, int row, int lane, bool isWide) => isWide ? w.Read64(row, lane) : w.Read32(row, lane);

    private static void Write(Warp w, int row, int lane, bool isWide, ulong value)
    {
        if (isWide) ((ulong*)(w.R + row))[lane] = value;
        else w.Write32(row, lane, (uint)value);
    }
}
