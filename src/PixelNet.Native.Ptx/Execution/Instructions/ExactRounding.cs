using System.Numerics;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary>
/// Rounding of exact values in any mode. An exact value is given as a double plus a remainder smaller than half its last place
/// (two-sum of Knuth, two-product by fma), so the sign of what the rounding threw away is always known.
/// </summary>
internal static class ExactRounding
{
    /// <summary>Rounds high + low to a single.</summary>
    public static float ToSingle(double high, double low, Rounding rounding)
    {
        float nearest = (float)high;
        if (float.IsNaN(nearest) || double.IsInfinity(high)) return nearest;
        double error = high - nearest; // exact; infinite if the single overflowed
        int sign = error != 0 ? Math.Sign(error) : Math.Sign(low);
        if (rounding is Rounding.Nearest or Rounding.Away)
        {
            // Double rounding: high was a tie between two singles and low breaks it.
            if (low != 0 && error != 0 && float.IsFinite(nearest))
            {
                float other = error > 0 ? MathF.BitIncrement(nearest) : MathF.BitDecrement(nearest);
                double toOther = other - high;
                if (Math.Abs(toOther) == Math.Abs(error) && Math.Sign(low) == Math.Sign(error)) return other;
            }
            return nearest;
        }
        return Step(nearest, sign, rounding);
    }

    private static float Step(float nearest, int errorSign, Rounding rounding)
    {
        if (errorSign == 0) return nearest;
        return rounding switch
        {
            Rounding.Down => errorSign < 0 ? MathF.BitDecrement(nearest) : nearest,
            Rounding.Up => errorSign > 0 ? MathF.BitIncrement(nearest) : nearest,
            _ when nearest > 0 || (nearest == 0 && errorSign < 0 && !float.IsNegative(nearest)) => errorSign < 0 ? MathF.BitDecrement(nearest) : nearest,
            _ => errorSign > 0 && nearest != 0 ? MathF.BitIncrement(nearest) : nearest,
        };
    }

    private static double Step(double nearest, int errorSign, Rounding rounding)
    {
        if (errorSign == 0 || double.IsNaN(nearest)) return nearest;
        return rounding switch
        {
            Rounding.Down => errorSign < 0 ? Math.BitDecrement(nearest) : nearest,
            Rounding.Up => errorSign > 0 ? Math.BitIncrement(nearest) : nearest,
            Rounding.Zero when nearest > 0 => errorSign < 0 ? Math.BitDecrement(nearest) : nearest,
            Rounding.Zero when nearest < 0 => errorSign > 0 ? Math.BitIncrement(nearest) : nearest,
            _ => nearest,
        };
    }

    public static float Add(float a, float b, Rounding r) => Fma(a, 1, b, r);

    public static float Mul(float a, float b, Rounding r)
    {
        double product = (double)a * b;
        return ToSingle(product, 0, r);
    }

    public static float Fma(float a, float b, float c, Rounding r)
    {
        double p = (double)a * b, s = p + c;
        if (!double.IsFinite(s)) return (float)s;
        double back = s - p, low = (p - (s - back)) + (c - back);
        // An exact zero sum of opposite signs is -0 when rounding down.
        if (s == 0 && r == Rounding.Down && (double.IsNegative(p) != float.IsNegative(c))) return -0f;
        return ToSingle(s, low, r);
    }

    public static float Div(float a, float b, Rounding r)
    {
        double q = (double)a / b;
        if (!double.IsFinite(q) || q == 0) return (float)q;
        double remainder = Math.FusedMultiplyAdd(-q, b, a);
        return ToSingle(q, b < 0 ? -remainder : remainder, r);
    }

    public static float Sqrt(float a, Rounding r)
    {
        double q = Math.Sqrt(a);
        return !double.IsFinite(q) || q == 0 ? (float)q : ToSingle(q, Math.FusedMultiplyAdd(-q, q, a), r);
    }

    public static double Add(double a, double b, Rounding r) => Fma(a, 1, b, r);

    public static double Mul(double a, double b, Rounding r) => Fma(a, b, -0.0, r);

    /// <summary>a*b + c in doubles; the discarded part is found with integers, which is slow and always right.</summary>
    public static double Fma(double a, double b, double c, Rounding r)
    {
        double nearest = Math.FusedMultiplyAdd(a, b, c);
        if (r == Rounding.Nearest || !double.IsFinite(a) || !double.IsFinite(b) || !double.IsFinite(c)) return nearest;
        if (double.IsInfinity(nearest)) return Step(nearest, nearest > 0 ? -1 : 1, r);
        var (ma, ea) = Parts(a);
        var (mb, eb) = Parts(b);
        var (mc, ec) = Parts(c);
        var (mn, en) = Parts(nearest);
        int e = Math.Min(Math.Min(ea + eb, ec), en);
        BigInteger exact = ((ma * mb) << (ea + eb - e)) + (mc << (ec - e));
        if (exact.IsZero && r == Rounding.Down && double.IsNegative(a * b) != double.IsNegative(c)) return -0.0;
        return Step(nearest, (exact - (mn << (en - e))).Sign, r);
    }

    public static double Div(double a, double b, Rounding r)
    {
        double q = a / b;
        if (r == Rounding.Nearest || !double.IsFinite(q) || q == 0 || !double.IsFinite(b)) return q;
        var (ma, ea) = Parts(a);
        var (mb, eb) = Parts(b);
        var (mq, eq) = Parts(q);
        int e = Math.Min(ea, eb + eq);
        int sign = ((ma << (ea - e)) - ((mq * mb) << (eb + eq - e))).Sign;
        return Step(q, b < 0 ? -sign : sign, r);
    }

    public static double Sqrt(double a, Rounding r)
    {
        double q = Math.Sqrt(a);
        if (r == Rounding.Nearest || !double.IsFinite(q) || q == 0) return q;
        var (ma, ea) = Parts(a);
        var (mq, eq) = Parts(q);
        int e = Math.Min(ea, 2 * eq);
        return Step(q, ((ma << (ea - e)) - ((mq * mq) << (2 * eq - e))).Sign, r);
    }

    /// <summary>A double as integer times power of two.</summary>
    private static (BigInteger Mantissa, int Exponent) Parts(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)((bits >> 52) & 0x7FF);
        long mantissa = bits & 0xF_FFFF_FFFF_FFFF;
        if (exponent == 0) exponent = 1;
        else mantissa |= 1L << 52;
        return (bits < 0 ? -mantissa : mantissa, exponent - 1075);
    }

    /// <summary>Rounds a double to an integral value.</summary>
    public static double ToIntegral(double a, Rounding r) => r switch
    {
        Rounding.Nearest => Math.Round(a, MidpointRounding.ToEven),
        Rounding.Zero => Math.Truncate(a),
        Rounding.Down => Math.Floor(a),
        _ => Math.Ceiling(a),
    };
}
