using System.Numerics;
using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary><c>dp4a</c> and <c>dp2a</c>: d = c + products of four (two) small integers packed in 32 bits (PTX ISA 7.8, section 9.7.1.22-23).</summary>
internal static unsafe class DotProduct
{
    private const int SignedA = 1, SignedB = 2, HighHalf = 4, TwoWay = 8;

    public static void Translate(Translator t)
    {
        bool isTwoWay = t.Instruction.Opcode == "dp2a";
        string? half = isTwoWay ? t.AcceptAny("lo", "hi") ?? throw t.Fail("one of .lo, .hi is missing") : null;
        var a = t.Type(PtxType.U32, PtxType.S32);
        var b = t.Type(PtxType.U32, PtxType.S32);
        t.Count(4);
        var op = t.Emit(&Dot, t.Dst(0, PtxType.B32), t.Src(1, PtxType.B32), t.Src(2, PtxType.B32), t.Src(3, PtxType.B32));
        op.Option = (a == PtxType.S32 ? SignedA : 0) | (b == PtxType.S32 ? SignedB : 0) | (half == "hi" ? HighHalf : 0) | (isTwoWay ? TwoWay : 0);
    }

    private static void Dot(Warp w, Op o)
    {
        bool isTwoWay = (o.Option & TwoWay) != 0;
        int first = (o.Option & HighHalf) != 0 ? 2 : 0;
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int lane = BitOperations.TrailingZeroCount(lanes);
            uint a = w.Read32(o.A, lane), b = w.Read32(o.B, lane);
            long sum = w.Read32(o.C, lane);
            for (int i = 0; i < (isTwoWay ? 2 : 4); i++)
            {
                long x = isTwoWay ? Part16(a, i, o.Option & SignedA) : Part8(a, i, o.Option & SignedA);
                sum += x * Part8(b, isTwoWay ? first + i : i, o.Option & SignedB);
            }
            w.Write32(o.D, lane, (uint)sum);
        }
    }

    private static long Part8(uint v, int i, int signed) => signed != 0 ? (sbyte)(v >> (8 * i)) : (byte)(v >> (8 * i));

    private static long Part16(uint v, int i, int signed) => signed != 0 ? (short)(v >> (16 * i)) : (ushort)(v >> (16 * i));
}
