namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary>Narrow floating-point formats: half (1-5-10), bfloat16 (1-8-7), TF32 (1-8-10 in the upper bits of a single).</summary>
internal static class Formats
{
    private const uint CanonicalNaN = 0x7FFF_FFFF;

    public static float Bf16ToSingle(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>Drops the low <paramref name="bits"/> of a single's pattern in a rounding mode; a carry runs into the exponent as it should.</summary>
    public static uint RoundBits(float value, int bits, Rounding rounding)
    {
        uint pattern = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value)) return CanonicalNaN >> bits << bits;
        uint rest = pattern & ((1u << bits) - 1), half = 1u << (bits - 1);
        uint kept = pattern >> bits << bits;
        bool up = rounding switch
        {
            Rounding.Nearest => rest > half || (rest == half && (kept & (1u << bits)) != 0),
            Rounding.Away => rest >= half,
            Rounding.Up => rest != 0 && (pattern >> 31) == 0,
            Rounding.Down => rest != 0 && (pattern >> 31) != 0,
            _ => false,
        };
        return float.IsInfinity(value) || !up ? kept : kept + (1u << bits);
    }

    public static ushort SingleToBf16(float value, Rounding rounding) =>
        float.IsNaN(value) ? (ushort)0x7FFF : (ushort)(RoundBits(value, 16, rounding) >> 16);

    public static float SingleToTf32(float value, Rounding rounding) => BitConverter.UInt32BitsToSingle(RoundBits(value, 13, rounding));

    /// <summary>Bits of a half from a double, in any rounding mode.</summary>
    public static ushort DoubleToHalf(double value, Rounding rounding)
    {
        if (double.IsNaN(value)) return 0x7FFF;
        var nearest = (Half)value;
        double error = double.IsInfinity(value) ? 0 : value - (double)nearest;
        bool isNegative = double.IsNegative(value);
        bool towardsZero = error != 0 && (rounding switch
        {
            Rounding.Zero => isNegative ? error > 0 : error < 0,
            Rounding.Down => !isNegative && error < 0,
            Rounding.Up => isNegative && error > 0,
            _ => false,
        });
        bool away = error != 0 && (rounding switch
        {
            Rounding.Down => isNegative && error < 0,
            Rounding.Up => !isNegative && error > 0,
            _ => false,
        });
        ushort bits = BitConverter.HalfToUInt16Bits(nearest);
        return (ushort)(towardsZero ? bits - 1 : away ? bits + 1 : bits);
    }

    public static float HalfToSingle(ushort bits) => (float)BitConverter.UInt16BitsToHalf(bits);

    public static float Flush(float value) => MathF.Abs(value) < 1.17549435e-38f ? MathF.CopySign(0, value) : value;

    public static float Canonical(float value) => float.IsNaN(value) ? BitConverter.UInt32BitsToSingle(CanonicalNaN) : value;

    public static float Saturate(float value) => value > 0 ? MathF.Min(value, 1) : 0;

    public static double Saturate(double value) => value > 0 ? Math.Min(value, 1) : 0;
}
