using System.Numerics;
using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary>
/// <c>cvt</c> between all types (PTX ISA 7.8, section 9.7.8.19). The frequent widenings and narrowings are vectors; all others read a lane as a wide integer or
/// a double, convert, and write the destination's bits. Registers may be wider than the type that the instruction names.
/// </summary>
internal static unsafe partial class Convert
{
    private const int Ftz = 1, Sat = 2, Relu = 4;

    public static void Translate(Translator t)
    {
        if (t.Accept("pack")) throw t.Fail("cvt.pack is not supported");
        var integral = t.IntegerRounding();
        var rounding = t.FloatRounding();
        int option = (t.Accept("ftz") ? Ftz : 0) | (t.Accept("sat") ? Sat : 0) | (t.Accept("relu") ? Relu : 0);
        t.Accept("satfinite");
        PtxType to = t.Type(), from = t.Type();
        if (to is PtxType.F16X2 or PtxType.BF16X2)
        {
            TranslatePacked(t, to, from, rounding ?? throw t.Fail("a rounding mode is missing"), option);
            return;
        }
        t.Count(2);
        var (d, strideD) = t.Wide(0, to, isDestination: true);
        var (a, strideA) = t.Wide(1, from, isDestination: false);
        Run run = Fast(to, from, strideD, strideA, option);
        if (run == null)
        {
            run = (to.IsFloat(), from.IsFloat()) switch
            {
                (false, false) => &IntegerToInteger,
                (false, true) => &FloatToInteger,
                (true, false) => &IntegerToFloat,
                _ => &FloatToFloat,
            };
        }
        if (to.IsFloat() && !from.IsFloat() && rounding is null) throw t.Fail("a rounding mode is missing");
        if (!to.IsFloat() && from.IsFloat() && integral is null) throw t.Fail("a rounding mode (.rni, .rzi, .rmi, .rpi) is missing");
        var op = t.Emit(run, d, a);
        (op.StrideD, op.StrideA, op.Option) = (strideD, strideA, option);
        op.B = (int)to;
        op.C = (int)from;
        op.E = (int)(integral ?? rounding ?? Rounding.Nearest);
        op.Imm = integral is null ? 0UL : 1;
    }

    private static Run Fast(PtxType to, PtxType from, int strideD, int strideA, int option)
    {
        if (option != 0) return null;
        return (to, from) switch
        {
            (PtxType.S64 or PtxType.U64, PtxType.S32) when strideA == 4 => &Simd.WidenSigned,
            (PtxType.S64 or PtxType.U64, PtxType.U32) when strideA == 4 => &Simd.WidenUnsigned,
            (PtxType.S32 or PtxType.U32, PtxType.S64 or PtxType.U64) when strideD == 4 => &Simd.Narrow,
            (PtxType.S32 or PtxType.U32, PtxType.S32 or PtxType.U32) when strideD == 4 && strideA == 4 => Moves.Copy(4),
            _ => null,
        };
    }

    private static long ReadInteger(byte* row, int stride, int lane, PtxType type)
    {
        byte* p = row + (lane * stride);
        return type switch
        {
            PtxType.S8 => *(sbyte*)p,
            PtxType.U8 or PtxType.B8 => *p,
            PtxType.S16 => *(short*)p,
            PtxType.U16 or PtxType.B16 => *(ushort*)p,
            PtxType.S32 => *(int*)p,
            PtxType.U32 or PtxType.B32 => *(uint*)p,
            _ => *(long*)p,
        };
    }

    // Integers are extended to the whole lane of a wider register, by the destination's sign.
    private static void WriteInteger(byte* row, int stride, int lane, PtxType type, long value)
    {
        value = type switch
        {
            PtxType.S8 => (sbyte)value,
            PtxType.U8 or PtxType.B8 => (byte)value,
            PtxType.S16 => (short)value,
            PtxType.U16 or PtxType.B16 => (ushort)value,
            PtxType.S32 => (int)value,
            PtxType.U32 or PtxType.B32 => (uint)value,
            _ => value,
        };
        if (stride == 8) *(long*)(row + (lane * 8)) = value;
        else *(int*)(row + (lane * 4)) = (int)value;
    }

    private static double ReadFloat(byte* row, int stride, int lane, PtxType type)
    {
        byte* p = row + (lane * stride);
        return type switch
        {
            PtxType.F16 => Formats.HalfToSingle(*(ushort*)p),
            PtxType.BF16 => Formats.Bf16ToSingle(*(ushort*)p),
            PtxType.F64 => *(double*)p,
            _ => *(float*)p,
        };
    }

    private static void IntegerToInteger(Warp w, Op o)
    {
        PtxType to = (PtxType)o.B, from = (PtxType)o.C;
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int i = BitOperations.TrailingZeroCount(lanes);
            long value = ReadInteger(w.R + o.A, o.StrideA, i, from);
            if ((o.Option & Sat) != 0) value = Clamp(from == PtxType.U64 ? (Int128)(ulong)value : value, to);
            WriteInteger(w.R + o.D, o.StrideD, i, to, value);
        }
    }

    private static long Clamp(Int128 value, PtxType to)
    {
        int bits = to.Size() * 8;
        Int128 low = to.IsSigned() ? -(Int128.One << (bits - 1)) : 0;
        Int128 high = (Int128.One << (to.IsSigned() ? bits - 1 : bits)) - 1;
        return unchecked((long)(value < low ? low : value > high ? high : value));
    }

    private static void FloatToInteger(Warp w, Op o)
    {
        PtxType to = (PtxType)o.B, from = (PtxType)o.C;
        int bits = to.Size() * 8;
        double low = to.IsSigned() ? -Math.ScaleB(1, bits - 1) : 0, high = Math.ScaleB(1, to.IsSigned() ? bits - 1 : bits);
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int i = BitOperations.TrailingZeroCount(lanes);
            double value = ReadFloat(w.R + o.A, o.StrideA, i, from);
            if ((o.Option & Ftz) != 0 && from == PtxType.F32) value = Formats.Flush((float)value);
            long result;
            if (double.IsNaN(value)) result = from == PtxType.F64 || bits == 64 ? unchecked((long)(1UL << (bits - 1))) : 0;
            else
            {
                value = ExactRounding.ToIntegral(value, (Rounding)o.E);
                if (value <= low) result = (long)low;
                else if (value >= high) result = unchecked((long)(to.IsSigned() ? (1UL << (bits - 1)) - 1 : bits == 64 ? ulong.MaxValue : (1UL << bits) - 1));
                else result = to.IsSigned() ? (long)value : unchecked((long)(ulong)value);
            }
            WriteInteger(w.R + o.D, o.StrideD, i, to, result);
        }
    }

    private static void IntegerToFloat(Warp w, Op o)
    {
        PtxType to = (PtxType)o.B, from = (PtxType)o.C;
        var rounding = (Rounding)o.E;
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int i = BitOperations.TrailingZeroCount(lanes);
            long value = ReadInteger(w.R + o.A, o.StrideA, i, from);
            // Two doubles hold 64 bits exactly: the upper and lower 32 bits as numbers.
            double high = (from == PtxType.U64 ? (ulong)value >> 32 : value >> 32) * 4294967296.0, low = (uint)value;
            double sum = high + low, rest = low - (sum - high);
            WriteFloat(w.R + o.D, o.StrideD, i, to, sum, rest, rounding, o.Option);
        }
    }

    private static void FloatToFloat(Warp w, Op o)
    {
        PtxType to = (PtxType)o.B, from = (PtxType)o.C;
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int i = BitOperations.TrailingZeroCount(lanes);
            double value = ReadFloat(w.R + o.A, o.StrideA, i, from);
            if ((o.Option & Ftz) != 0 && from == PtxType.F32) value = Formats.Flush((float)value);
            if (o.Imm != 0) value = ExactRounding.ToIntegral(value, (Rounding)o.E);
            WriteFloat(w.R + o.D, o.StrideD, i, to, value, 0, (Rounding)o.E, o.Option);
        }
    }
}
