using System.Numerics;
using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary>
/// <c>add sub mul fma neg abs min max ex2 tanh</c> on <c>f16 f16x2 bf16 bf16x2</c> (PTX ISA 7.8, section 9.7.4). Computed in double, which holds
/// products and nearly all sums of such numbers exactly, then rounded once to nearest even.
/// </summary>
internal static unsafe class HalfPrecision
{
    private const int Ftz = 1, Sat = 2, Relu = 4, NaN = 8, Bf16 = 16, Packed = 32;

    private interface IFunction
    {
        static abstract double Apply(double a, double b, double c, int option);
    }

    private struct Add : IFunction
    {
        public static double Apply(double a, double b, double c, int option) => a + b;
    }

    private struct Sub : IFunction
    {
        public static double Apply(double a, double b, double c, int option) => a - b;
    }

    private struct Mul : IFunction
    {
        public static double Apply(double a, double b, double c, int option) => a * b;
    }

    private struct Fma : IFunction
    {
        public static double Apply(double a, double b, double c, int option) => Math.FusedMultiplyAdd(a, b, c);
    }

    private struct Min : IFunction
    {
        public static double Apply(double a, double b, double c, int option) => (option & NaN) != 0 ? Math.Min(a, b) : double.MinNumber(a, b);
    }

    private struct Max : IFunction
    {
        public static double Apply(double a, double b, double c, int option) => (option & NaN) != 0 ? Math.Max(a, b) : double.MaxNumber(a, b);
    }

    private struct Ex2 : IFunction
    {
        public static double Apply(double a, double b, double c, int option) => Math.Pow(2, a);
    }

    private struct Tanh : IFunction
    {
        public static double Apply(double a, double b, double c, int option) => Math.Tanh(a);
    }

    public static void Translate(Translator t, string name, PtxType type)
    {
        t.FloatRounding();
        t.Accept("approx");
        bool isBf16 = type is PtxType.BF16 or PtxType.BF16X2;
        int option = (t.Accept("ftz") ? Ftz : 0) | (t.Accept("sat") ? Sat : 0) | (t.Accept("relu") ? Relu : 0) | (t.Accept("NaN") ? NaN : 0)
            | (isBf16 ? Bf16 : 0) | (type is PtxType.F16X2 or PtxType.BF16X2 ? Packed : 0);
        int sources = name == "fma" ? 3 : name is "neg" or "abs" or "ex2" or "tanh" ? 1 : 2;
        t.Count(sources + 1);
        var op = t.Emit(name switch
        {
            "add" => &Map<Add>,
            "sub" => &Map<Sub>,
            "mul" => &Map<Mul>,
            "fma" => &Map<Fma>,
            "min" => &Map<Min>,
            "max" => &Map<Max>,
            "ex2" => &Map<Ex2>,
            "tanh" => &Map<Tanh>,
            "neg" => &Sign,
            "abs" => &Sign,
            _ => (Run)null,
        }, t.Dst(0, type), t.Src(1, type));
        op.B = sources > 1 ? t.Src(2, type) : op.A;
        op.C = sources > 2 ? t.Src(3, type) : op.A;
        op.Option = option;
        op.Imm = name == "neg" ? 1UL : 0;
    }

    private static void Map<TFunction>(Warp w, Op o) where TFunction : struct, IFunction
    {
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int i = BitOperations.TrailingZeroCount(lanes);
            uint a = w.Read32(o.A, i), b = w.Read32(o.B, i), c = w.Read32(o.C, i);
            uint r = One<TFunction>(a, b, c, o.Option);
            if ((o.Option & Packed) != 0) r |= (uint)One<TFunction>(a >> 16, b >> 16, c >> 16, o.Option) << 16;
            w.Write32(o.D, i, r);
        }
    }

    private static ushort One<TFunction>(uint a, uint b, uint c, int option) where TFunction : struct, IFunction
    {
        double r = TFunction.Apply(Value(a, option), Value(b, option), Value(c, option), option);
        if ((option & Sat) != 0) r = Formats.Saturate(r);
        if ((option & Relu) != 0) r = double.IsNaN(r) ? r : Math.Max(r, 0);
        if ((option & Bf16) != 0) return Formats.SingleToBf16(ToOddSingle(r), Rounding.Nearest);
        ushort bits = Formats.DoubleToHalf(r, Rounding.Nearest);
        return (option & Ftz) != 0 && (bits & 0x7C00) == 0 ? (ushort)(bits & 0x8000) : bits;
    }

    // Double to single with an inexact result made odd, so that rounding it again to fewer bits rounds once in effect.
    public static float ToOddSingle(double value)
    {
        float r = (float)value;
        if (r == value || !float.IsFinite(r)) return r;
        uint bits = BitConverter.SingleToUInt32Bits(Math.Abs(r) > Math.Abs(value) ? (r > 0 ? MathF.BitDecrement(r) : MathF.BitIncrement(r)) : r);
        return BitConverter.UInt32BitsToSingle(bits | 1);
    }

    private static double Value(uint bits, int option)
    {
        if ((option & Bf16) != 0) return Formats.Bf16ToSingle((ushort)bits);
        if ((option & Ftz) != 0 && (bits & 0x7C00) == 0) bits &= 0x8000;
        return Formats.HalfToSingle((ushort)bits);
    }

    private static void Sign(Warp w, Op o)
    {
        uint sign = (o.Option & Packed) != 0 ? 0x8000_8000u : 0x8000;
        bool isNeg = o.Imm != 0;
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int i = BitOperations.TrailingZeroCount(lanes);
            uint a = w.Read32(o.A, i);
            w.Write32(o.D, i, isNeg ? a ^ sign : a & ~sign);
        }
    }
}
