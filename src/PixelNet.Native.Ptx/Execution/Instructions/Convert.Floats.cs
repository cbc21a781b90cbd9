using System.Numerics;
using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary>Writing of floating-point results in the destination's format, and the packed forms <c>cvt.f16x2.f32 cvt.bf16x2.f32</c>.</summary>
internal static unsafe partial class Convert
{
    // value + rest is exact; rest is not 0 only for 64-bit integers.
    private static void WriteFloat(byte* row, int stride, int lane, PtxType to, double value, double rest, Rounding rounding, int option)
    {
        if ((option & Sat) != 0) value = Formats.Saturate(value);
        if ((option & Relu) != 0 && value < 0) value = 0;
        byte* p = row + (lane * stride);
        switch (to)
        {
            case PtxType.F64:
                *(double*)p = rest == 0 || rounding == Rounding.Nearest ? value : ExactRounding.Add(value, rest, rounding);
                return;
            case PtxType.F32:
                float single = Formats.Canonical(ExactRounding.ToSingle(value, rest, rounding));
                Store(p, stride, BitConverter.SingleToUInt32Bits((option & Ftz) != 0 ? Formats.Flush(single) : single));
                return;
            case PtxType.TF32:
                Store(p, stride, BitConverter.SingleToUInt32Bits(Formats.SingleToTf32((float)value, rounding)));
                return;
            default:
                Store(p, stride, Narrow(to, value, rounding));
                return;
        }
    }

    private static void Store(byte* p, int stride, uint bits)
    {
        if (stride == 8) *(ulong*)p = bits;
        else *(uint*)p = bits;
    }

    private static ushort Narrow(PtxType to, double value, Rounding rounding) => to is PtxType.BF16 or PtxType.BF16X2
        ? Formats.SingleToBf16(rounding == Rounding.Nearest ? HalfPrecision.ToOddSingle(value) : (float)value, rounding)
        : Formats.DoubleToHalf(value, rounding);

    // d = {upper: a, lower: b}
    private static void TranslatePacked(Translator t, PtxType to, PtxType from, Rounding rounding, int option)
    {
        if (from != PtxType.F32) throw t.Fail("packed conversions read .f32");
        t.Count(3);
        var op = t.Emit(&Packed, t.Dst(0, to), t.Src(1, from), t.Src(2, from));
        op.Option = option;
        op.C = (int)to;
        op.E = (int)rounding;
    }

    private static void Packed(Warp w, Op o)
    {
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int i = BitOperations.TrailingZeroCount(lanes);
            uint upper = Half(Lanes.At<float>(w.R + o.A, i), o), lower = Half(Lanes.At<float>(w.R + o.B, i), o);
            w.Write32(o.D, i, (upper << 16) | lower);
        }
    }

    private static ushort Half(float value, Op o)
    {
        if ((o.Option & Relu) != 0 && value < 0) value = 0;
        return Narrow((PtxType)o.C, value, (Rounding)o.E);
    }
}
