using System.Numerics;
using static PixelNet.Native.Ptx.Tests.Emulation;

namespace PixelNet.Native.Ptx.Tests;

/// <summary>
/// IEEE single precision against exact integer arithmetic: each operand is an integer times a power of two, so results are compared as
/// big integers. Approximate functions against double, in units of the last place.
/// </summary>
public class ExactnessTests
{
    private const int Count = 4096;

    // Every bit pattern is possible; half of them near each other in magnitude, so that sums cancel and round.
    private static float[] Operands(int seed, bool tame)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Count).Select(_ =>
        {
            uint bits = (uint)random.NextInt64(0, 1L << 32);
            if (tame) bits = (bits & 0x807F_FFFF) | ((uint)random.Next(100, 154) << 23);
            if (random.Next(16) == 0) bits &= 0x807F_FFFF; // subnormal or zero
            return BitConverter.UInt32BitsToSingle(bits);
        })];
    }

    private static float[] Run3(string instruction, float[] a, float[] b, float[] c)
    {
        using var device = new EmulatedDevice();
        ulong pa = Upload(device, a), pb = Upload(device, b), pc = Upload(device, c), output = device.Allocate(4L * a.Length);
        string body = $"mov.u32 %r1, %ctaid.x; mad.lo.u32 %r0, %r1, 128, %r0; {WordOf("%p0", "%rd0")} {WordOf("%p1", "%rd1")} {WordOf("%p2", "%rd2")} {WordOf("%p3", "%rd3")} ld.global.f32 %f1, [%rd1]; ld.global.f32 %f2, [%rd2]; ld.global.f32 %f3, [%rd3]; {instruction} st.global.f32 [%rd0], %f0;";
        Run(device, body, a.Length / 128, 128, Observers.None, [output, pa, pb, pc]).ThrowIfFaulted();
        return Read<float>(device, output, a.Length);
    }

    [Theory]
    [InlineData("rn", "fma")]
    [InlineData("rz", "fma")]
    [InlineData("rm", "fma")]
    [InlineData("rp", "fma")]
    [InlineData("rn", "add")]
    [InlineData("rz", "add")]
    [InlineData("rm", "add")]
    [InlineData("rp", "add")]
    [InlineData("rn", "mul")]
    [InlineData("rz", "mul")]
    [InlineData("rm", "mul")]
    [InlineData("rp", "mul")]
    public void SumsAndProductsAreExactlyRounded(string rounding, string operation)
    {
        foreach (bool tame in new[] { true, false })
        {
            float[] a = Operands(1, tame), b = Operands(2, tame), c = Operands(3, tame);
            string text = operation == "fma" ? $"fma.{rounding}.f32 %f0, %f1, %f2, %f3;" : $"{operation}.{rounding}.f32 %f0, %f1, %f2;";
            float[] got = Run3(text, a, b, c);
            for (int i = 0; i < Count; i++)
            {
                if (!float.IsFinite(a[i]) || !float.IsFinite(b[i]) || (operation == "fma" && !float.IsFinite(c[i]))) continue;
                var exact = operation switch
                {
                    "fma" => (Exact(a[i]) * Exact(b[i])) + (Exact(c[i]) << Scale),
                    "add" => (Exact(a[i]) + Exact(b[i])) << Scale,
                    _ => Exact(a[i]) * Exact(b[i]),
                };
                float expected = Rounded(exact, rounding);
                // The sign of a zero is checked by the forms.
                if (exact.IsZero) Assert.Equal(0, got[i]);
                else Assert.True(BitConverter.SingleToUInt32Bits(expected) == BitConverter.SingleToUInt32Bits(got[i]), $"{text} of {a[i]:r}, {b[i]:r}, {c[i]:r}: {got[i]:r} instead of {expected:r}");
            }
        }
    }

    private const int Scale = 149;

    // The value times 2^149: an integer for every single.
    private static BigInteger Exact(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        int exponent = (int)((bits >> 23) & 0xFF);
        BigInteger mantissa = exponent == 0 ? bits & 0x7F_FFFF : (bits & 0x7F_FFFF) | 0x80_0000;
        mantissa <<= Math.Max(exponent, 1) - 1;
        return value < 0 ? -mantissa : mantissa;
    }

    // Nearest single of exact / 2^298 under a rounding, found by the definition: the largest single not above and the smallest not below.
    private static float Rounded(BigInteger exact, string rounding)
    {
        bool isNegative = exact.Sign < 0;
        var magnitude = BigInteger.Abs(exact);
        int shift = (int)Math.Max(magnitude.GetBitLength() - 24, Scale);
        var (quotient, rest) = (magnitude >> shift, magnitude & ((BigInteger.One << shift) - 1));
        var half = BigInteger.One << (shift - 1);
        bool up = rounding switch
        {
            "rn" => rest > half || (rest == half && !quotient.IsEven),
            "rz" => false,
            "rm" => isNegative && !rest.IsZero,
            _ => !isNegative && !rest.IsZero,
        };
        if (up) quotient++;
        // quotient 2^(shift - 298), at most 2^24, so exact in double.
        double value = (double)quotient * Math.Pow(2, shift - (2 * Scale));
        if (value > float.MaxValue) value = rounding == "rn" || up ? double.PositiveInfinity : float.MaxValue;
        return (float)(isNegative ? -value : value);
    }

    [Theory]
    [InlineData("div.rn.f32 %f0, %f1, %f2;")]
    [InlineData("sqrt.rn.f32 %f0, %f1;")]
    [InlineData("rcp.rn.f32 %f0, %f1;")]
    public void QuotientsAndRootsAreCorrectlyRounded(string instruction)
    {
        // Double division and root of singles, rounded once more, are correctly rounded: 53 >= 2 * 24 + 2 (Figueroa 1995). Subnormal results round twice and are left out.
        float[] a = Operands(4, true), b = Operands(5, true);
        float[] got = Run3(instruction, a, b, b);
        for (int i = 0; i < Count; i++)
        {
            float expected = instruction[0] == 'd' ? (float)((double)a[i] / b[i]) : instruction[0] == 's' ? (float)Math.Sqrt(a[i]) : (float)(1.0 / a[i]);
            if (float.IsNaN(expected) || float.IsSubnormal(expected)) continue;
            Assert.Equal(expected, got[i]);
        }
    }

    // Bounds of PTX ISA 7.8 section 9.7.3: in ulp, or absolute where it gives them so.
    [Theory]
    [InlineData("ex2.approx.f32", 2, 0)]
    [InlineData("rcp.approx.f32", 1, 0)]
    [InlineData("rsqrt.approx.f32", 2, 0)]
    [InlineData("sqrt.approx.f32", 1, 0)]
    [InlineData("lg2.approx.f32", 1, 1.2e-7)]
    [InlineData("sin.approx.f32", 0, 5e-7)]
    [InlineData("cos.approx.f32", 0, 5e-7)]
    [InlineData("tanh.approx.f32", 4096, 0)]
    public void ApproximationsStayWithinTheirBounds(string instruction, double ulps, double absolute)
    {
        var random = new Random(6);
        bool isPeriodic = instruction.StartsWith("sin", StringComparison.Ordinal) || instruction.StartsWith("cos", StringComparison.Ordinal);
        bool isPositive = instruction.Contains("sqrt") || instruction.StartsWith("lg2", StringComparison.Ordinal);
        float[] a = [.. Enumerable.Range(0, Count).Select(_ => (float)(isPeriodic ? (random.NextDouble() * 6.28) - 3.14 : isPositive ? Math.Exp((random.NextDouble() * 40) - 20) : (random.NextDouble() * 40) - 20))];
        float[] got = Run3($"{instruction} %f0, %f1;", a, a, a);
        for (int i = 0; i < Count; i++)
        {
            double x = a[i];
            double expected = instruction[..3] switch
            {
                "ex2" => Math.Pow(2, x),
                "rcp" => 1 / x,
                "rsq" => 1 / Math.Sqrt(x),
                "sqr" => Math.Sqrt(x),
                "lg2" => Math.Log2(x),
                "sin" => Math.Sin(x),
                "cos" => Math.Cos(x),
                _ => Math.Tanh(x),
            };
            double unit = MathF.BitIncrement(Math.Abs((float)expected)) - Math.Abs((float)expected);
            Assert.True(Math.Abs(got[i] - expected) <= Math.Max(ulps * unit, absolute), $"{instruction} of {x:r}: {got[i]:r}, exactly {expected:r}");
        }
    }
}
