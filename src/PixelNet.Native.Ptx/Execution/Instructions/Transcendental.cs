using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary>
/// <c>ex2 lg2 sin cos tanh rsqrt</c> (approximate), <c>testp copysign</c> (PTX ISA 7.8, sections 9.7.3.1-2 and 9.7.3.16-21). Computed in double and rounded
/// once, so within half a unit in the last place and far inside the documented bounds.
/// </summary>
internal static unsafe class Transcendental
{
    private interface IFunction
    {
        static abstract double Apply(double a);
    }

    private struct Ex2 : IFunction
    {
        public static double Apply(double a) => Math.Pow(2, a);
    }

    private struct Lg2 : IFunction
    {
        public static double Apply(double a) => Math.Log2(a);
    }

    private struct Sin : IFunction
    {
        public static double Apply(double a) => Math.Sin(a);
    }

    private struct Cos : IFunction
    {
        public static double Apply(double a) => Math.Cos(a);
    }

    private struct Tanh : IFunction
    {
        public static double Apply(double a) => Math.Tanh(a);
    }

    private struct Rsqrt : IFunction
    {
        public static double Apply(double a) => a == 0 ? double.CopySign(double.PositiveInfinity, a) : 1 / Math.Sqrt(a);
    }

    private struct Single<TFunction> : ILane1<float, float> where TFunction : struct, IFunction
    {
        public static float Apply(float a) => Formats.Canonical((float)TFunction.Apply(a));
    }

    private struct FlushedSingle<TFunction> : ILane1<float, float> where TFunction : struct, IFunction
    {
        public static float Apply(float a) => Formats.Flush(Formats.Canonical((float)TFunction.Apply(Formats.Flush(a))));
    }

    private struct Double<TFunction> : ILane1<double, double> where TFunction : struct, IFunction
    {
        public static double Apply(double a) => TFunction.Apply(a);
    }

    public static void Translate(Translator t)
    {
        string name = t.Instruction.Opcode;
        if (!t.Accept("approx")) throw t.Fail(".approx is missing");
        bool ftz = t.Accept("ftz");
        var type = t.Type();
        if ((type is PtxType.F16 or PtxType.F16X2 or PtxType.BF16 or PtxType.BF16X2) && (name is "ex2" or "tanh"))
        {
            HalfPrecision.Translate(t, name, type);
            return;
        }
        if (type == PtxType.F64 && name == "rsqrt") IntegerArithmetic.Unary(t, type, &Lanes.Same1<double, Double<Rsqrt>>);
        else if (type != PtxType.F32) throw t.Fail($"type .{type.Name()} is not possible here");
        else
        {
            IntegerArithmetic.Unary(t, type, name switch
            {
                "ex2" => ftz ? &Lanes.Same1<float, FlushedSingle<Ex2>> : &Lanes.Same1<float, Single<Ex2>>,
                "lg2" => ftz ? &Lanes.Same1<float, FlushedSingle<Lg2>> : &Lanes.Same1<float, Single<Lg2>>,
                "sin" => ftz ? &Lanes.Same1<float, FlushedSingle<Sin>> : &Lanes.Same1<float, Single<Sin>>,
                "cos" => ftz ? &Lanes.Same1<float, FlushedSingle<Cos>> : &Lanes.Same1<float, Single<Cos>>,
                "tanh" => ftz ? &Lanes.Same1<float, FlushedSingle<Tanh>> : &Lanes.Same1<float, Single<Tanh>>,
                _ => ftz ? &Lanes.Same1<float, FlushedSingle<Rsqrt>> : &Lanes.Same1<float, Single<Rsqrt>>,
            });
        }
    }

    private struct CopySign32 : ILane2<uint, uint, uint>
    {
        public static uint Apply(uint a, uint b) => (a & 0x8000_0000) | (b & 0x7FFF_FFFF);
    }

    private struct CopySign64 : ILane2<ulong, ulong, ulong>
    {
        public static ulong Apply(ulong a, ulong b) => (a & (1UL << 63)) | (b & ~(1UL << 63));
    }

    /// <summary><c>copysign d, a, b</c>: b with the sign of a.</summary>
    public static void TranslateCopySign(Translator t)
    {
        var type = t.Type(PtxType.F32, PtxType.F64);
        IntegerArithmetic.Binary(t, type, type == PtxType.F32 ? &Lanes.Same2<uint, CopySign32> : &Lanes.Same2<ulong, CopySign64>);
    }

    /// <summary><c>testp</c>: finite, infinite, number, notanumber, normal, subnormal.</summary>
    public static void TranslateTest(Translator t)
    {
        string test = t.AcceptAny("finite", "infinite", "number", "notanumber", "normal", "subnormal") ?? throw t.Fail("the test is missing or unknown");
        var type = t.Type(PtxType.F32, PtxType.F64);
        t.Count(2);
        var op = t.Emit(&Test, t.PredDst(t.Operand(0)), t.Src(1, type));
        op.Option = Array.IndexOf(["finite", "infinite", "number", "notanumber", "normal", "subnormal"], test);
        op.StrideA = Translator.LaneBytes(type);
    }

    private static void Test(Warp w, Op o)
    {
        uint bits = 0;
        for (int i = 0; i < 32; i++)
        {
            bool isDouble = o.StrideA == 8;
            double a = isDouble ? Lanes.At<double>(w.R + o.A, i) : Lanes.At<float>(w.R + o.A, i);
            bool isNormal = isDouble ? double.IsNormal(a) : float.IsNormal((float)a);
            bool result = o.Option switch
            {
                0 => double.IsFinite(a),
                1 => double.IsInfinity(a),
                2 => !double.IsNaN(a),
                3 => double.IsNaN(a),
                4 => isNormal,
                _ => double.IsFinite(a) && a != 0 && !isNormal,
            };
            if (result) bits |= 1u << i;
        }
        w.SetPredicate(o.D, bits);
    }
}
