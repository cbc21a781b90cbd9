using System.Numerics;
using System.Runtime.Intrinsics;
using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary>
/// <c>add sub mul fma mad div rcp sqrt min max neg abs</c> on singles (PTX ISA 7.8, section 9.7.3). Round to nearest by vectors, bit for bit IEEE 754,
/// NaN results canonical (0x7fffffff); the other rounding modes lane by lane through <see cref="ExactRounding"/>.
/// </summary>
internal static unsafe class Float32
{
    /// <summary><c>.ftz</c> and <c>.sat</c> around a function.</summary>
    private interface IModifier
    {
        static abstract Vector512<float> In(Vector512<float> a);

        static abstract Vector512<float> Out(Vector512<float> r);
    }

    private static Vector512<float> Canonical(Vector512<float> r) =>
        Vector512.ConditionalSelect(Vector512.Equals(r, r), r, Vector512.Create(0x7FFF_FFFFu).AsSingle());

    private static Vector512<float> Flush(Vector512<float> a)
    {
        var sign = Vector512.Create(0x8000_0000u).AsSingle();
        return Vector512.ConditionalSelect(Vector512.LessThan(Vector512.Abs(a), Vector512.Create(1.17549435e-38f)), a & sign, a);
    }

    // NaN saturates to 0.
    private static Vector512<float> Clamp(Vector512<float> r) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(r, Vector512<float>.Zero), Vector512.Min(r, Vector512<float>.One), Vector512<float>.Zero);

    private struct Plain : IModifier
    {
        public static Vector512<float> In(Vector512<float> a) => a;

        public static Vector512<float> Out(Vector512<float> r) => Canonical(r);
    }

    private struct Ftz : IModifier
    {
        public static Vector512<float> In(Vector512<float> a) => Flush(a);

        public static Vector512<float> Out(Vector512<float> r) => Flush(Canonical(r));
    }

    private struct Sat : IModifier
    {
        public static Vector512<float> In(Vector512<float> a) => a;

        public static Vector512<float> Out(Vector512<float> r) => Clamp(r);
    }

    private struct FtzSat : IModifier
    {
        public static Vector512<float> In(Vector512<float> a) => Flush(a);

        public static Vector512<float> Out(Vector512<float> r) => Clamp(Flush(r));
    }

    private struct Add<M> : IVector2<float> where M : struct, IModifier
    {
        public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b) => M.Out(M.In(a) + M.In(b));
    }

    private struct Sub<M> : IVector2<float> where M : struct, IModifier
    {
        public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b) => M.Out(M.In(a) - M.In(b));
    }

    private struct Mul<M> : IVector2<float> where M : struct, IModifier
    {
        public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b) => M.Out(M.In(a) * M.In(b));
    }

    private struct Div<M> : IVector2<float> where M : struct, IModifier
    {
        public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b) => M.Out(M.In(a) / M.In(b));
    }

    private struct Fma<M> : IVector3<float> where M : struct, IModifier
    {
        public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
            M.Out(Vector512.FusedMultiplyAdd(M.In(a), M.In(b), M.In(c)));
    }

    private struct Rcp<M> : IVector1<float> where M : struct, IModifier
    {
        public static Vector512<float> Apply(Vector512<float> a) => M.Out(Vector512<float>.One / M.In(a));
    }

    private struct Sqrt<M> : IVector1<float> where M : struct, IModifier
    {
        public static Vector512<float> Apply(Vector512<float> a) => M.Out(Vector512.Sqrt(M.In(a)));
    }

    // The other operand where one is NaN; -0 below +0.
    private struct Min<M> : IVector2<float> where M : struct, IModifier
    {
        public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b) => M.Out(Vector512.MinNumber(M.In(a), M.In(b)));
    }

    private struct Max<M> : IVector2<float> where M : struct, IModifier
    {
        public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b) => M.Out(Vector512.MaxNumber(M.In(a), M.In(b)));
    }

    private struct MinNaN<M> : IVector2<float> where M : struct, IModifier
    {
        public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b) => M.Out(Vector512.Min(M.In(a), M.In(b)));
    }

    private struct MaxNaN<M> : IVector2<float> where M : struct, IModifier
    {
        public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b) => M.Out(Vector512.Max(M.In(a), M.In(b)));
    }

    // neg and abs only touch the sign; a NaN keeps its payload.
    private struct Neg : IVector1<float>
    {
        public static Vector512<float> Apply(Vector512<float> a) => a ^ Vector512.Create(0x8000_0000u).AsSingle();
    }

    private struct Abs : IVector1<float>
    {
        public static Vector512<float> Apply(Vector512<float> a) => Vector512.Abs(a);
    }

    private struct FlushedNeg : IVector1<float>
    {
        public static Vector512<float> Apply(Vector512<float> a) => Neg.Apply(Flush(a));
    }

    private struct FlushedAbs : IVector1<float>
    {
        public static Vector512<float> Apply(Vector512<float> a) => Vector512.Abs(Flush(a));
    }

    /// <summary><c>add sub mul fma mad</c> with rounding, <c>.ftz</c>, <c>.sat</c>.</summary>
    public static void Translate(Translator t, string name)
    {
        var rounding = t.FloatRounding() ?? Rounding.Nearest;
        bool ftz = t.Accept("ftz"), sat = t.Accept("sat");
        bool isFma = name is "fma" or "mad";
        if (rounding != Rounding.Nearest)
        {
            Directed(t, name, rounding, ftz, sat);
            return;
        }
        Run run = name switch
        {
            "add" => Pick(ftz, sat, &Simd.Map2<float, Add<Plain>>, &Simd.Map2<float, Add<Ftz>>, &Simd.Map2<float, Add<Sat>>, &Simd.Map2<float, Add<FtzSat>>),
            "sub" => Pick(ftz, sat, &Simd.Map2<float, Sub<Plain>>, &Simd.Map2<float, Sub<Ftz>>, &Simd.Map2<float, Sub<Sat>>, &Simd.Map2<float, Sub<FtzSat>>),
            "mul" => Pick(ftz, sat, &Simd.Map2<float, Mul<Plain>>, &Simd.Map2<float, Mul<Ftz>>, &Simd.Map2<float, Mul<Sat>>, &Simd.Map2<float, Mul<FtzSat>>),
            _ => Pick(ftz, sat, &Simd.Map3<float, Fma<Plain>>, &Simd.Map3<float, Fma<Ftz>>, &Simd.Map3<float, Fma<Sat>>, &Simd.Map3<float, Fma<FtzSat>>),
        };
        if (isFma) IntegerArithmetic.Ternary(t, PtxType.F32, run);
        else IntegerArithmetic.Binary(t, PtxType.F32, run);
    }

    /// <summary><c>div rcp sqrt</c>: the approximate forms give the correctly rounded result, which is within their bounds.</summary>
    public static void TranslateDivision(Translator t, string name)
    {
        bool isApproximate = t.AcceptAny("approx", "full") is not null;
        var rounding = t.FloatRounding() ?? Rounding.Nearest;
        bool ftz = t.Accept("ftz");
        if (!isApproximate && rounding != Rounding.Nearest)
        {
            Directed(t, name, rounding, ftz, false);
            return;
        }
        if (name == "div") IntegerArithmetic.Binary(t, PtxType.F32, ftz ? &Simd.Map2<float, Div<Ftz>> : &Simd.Map2<float, Div<Plain>>);
        else if (name == "rcp") IntegerArithmetic.Unary(t, PtxType.F32, ftz ? &Simd.Map1<float, Rcp<Ftz>> : &Simd.Map1<float, Rcp<Plain>>);
        else IntegerArithmetic.Unary(t, PtxType.F32, ftz ? &Simd.Map1<float, Sqrt<Ftz>> : &Simd.Map1<float, Sqrt<Plain>>);
    }

    public static void TranslateMinMax(Translator t, bool isMax)
    {
        bool ftz = t.Accept("ftz"), nan = t.Accept("NaN");
        if (t.Accept("xorsign"))
        {
            if (!t.Accept("abs")) throw t.Fail(".xorsign needs .abs");
            XorSign(t, isMax, nan, ftz);
            return;
        }
        IntegerArithmetic.Binary(t, PtxType.F32, isMax
            ? Pick(ftz, nan, &Simd.Map2<float, Max<Plain>>, &Simd.Map2<float, Max<Ftz>>, &Simd.Map2<float, MaxNaN<Plain>>, &Simd.Map2<float, MaxNaN<Ftz>>)
            : Pick(ftz, nan, &Simd.Map2<float, Min<Plain>>, &Simd.Map2<float, Min<Ftz>>, &Simd.Map2<float, MinNaN<Plain>>, &Simd.Map2<float, MinNaN<Ftz>>));
    }

    public static void TranslateNegAbs(Translator t, bool isNeg)
    {
        bool ftz = t.Accept("ftz");
        IntegerArithmetic.Unary(t, PtxType.F32, isNeg
            ? ftz ? &Simd.Map1<float, FlushedNeg> : &Simd.Map1<float, Neg>
            : ftz ? &Simd.Map1<float, FlushedAbs> : &Simd.Map1<float, Abs>);
    }

    private static Run Pick(bool first, bool second, Run none, Run one, Run two, Run both) => first ? second ? both : one : second ? two : none;

    private const int FtzBit = 1, SatBit = 2;

    private static void XorSign(Translator t, bool isMax, bool nan, bool ftz)
    {
        t.Count(3);
        var op = t.Emit(&XorSignLanes, t.Dst(0, PtxType.F32), t.Src(1, PtxType.F32), t.Src(2, PtxType.F32));
        op.Option = (ftz ? FtzBit : 0) | (isMax ? 4 : 0) | (nan ? 8 : 0);
    }

    private static void XorSignLanes(Warp w, Op o)
    {
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int i = BitOperations.TrailingZeroCount(lanes);
            float a = Lanes.At<float>(w.R + o.A, i), b = Lanes.At<float>(w.R + o.B, i);
            if ((o.Option & FtzBit) != 0) (a, b) = (Formats.Flush(a), Formats.Flush(b));
            bool isNegative = float.IsNegative(a) != float.IsNegative(b);
            (a, b) = (MathF.Abs(a), MathF.Abs(b));
            float r = (o.Option & 8) != 0 ? ((o.Option & 4) != 0 ? MathF.Max(a, b) : MathF.Min(a, b))
                : (o.Option & 4) != 0 ? float.MaxNumber(a, b) : float.MinNumber(a, b);
            Lanes.Put(w.R + o.D, i, float.IsNaN(r) ? Formats.Canonical(r) : isNegative ? -r : r);
        }
    }

    private static void Directed(Translator t, string name, Rounding rounding, bool ftz, bool sat)
    {
        int sources = name is "fma" or "mad" ? 3 : name is "rcp" or "sqrt" ? 1 : 2;
        t.Count(sources + 1);
        var op = t.Emit(name switch
        {
            "add" => &DirectedLanes<DirectedAdd>,
            "sub" => &DirectedLanes<DirectedSub>,
            "mul" => &DirectedLanes<DirectedMul>,
            "div" => &DirectedLanes<DirectedDiv>,
            "rcp" => &DirectedLanes<DirectedRcp>,
            "sqrt" => &DirectedLanes<DirectedSqrt>,
            _ => &DirectedLanes<DirectedFma>,
        }, t.Dst(0, PtxType.F32), t.Src(1, PtxType.F32));
        op.B = sources > 1 ? t.Src(2, PtxType.F32) : op.A;
        op.C = sources > 2 ? t.Src(3, PtxType.F32) : op.A;
        op.Option = (ftz ? FtzBit : 0) | (sat ? SatBit : 0);
        op.Imm = (ulong)rounding;
    }

    private interface IDirected
    {
        static abstract float Apply(float a, float b, float c, Rounding r);
    }

    private struct DirectedAdd : IDirected
    {
        public static float Apply(float a, float b, float c, Rounding r) => ExactRounding.Add(a, b, r);
    }

    private struct DirectedSub : IDirected
    {
        public static float Apply(float a, float b, float c, Rounding r) => ExactRounding.Add(a, -b, r);
    }

    private struct DirectedMul : IDirected
    {
        public static float Apply(float a, float b, float c, Rounding r) => ExactRounding.Mul(a, b, r);
    }

    private struct DirectedFma : IDirected
    {
        public static float Apply(float a, float b, float c, Rounding r) => ExactRounding.Fma(a, b, c, r);
    }

    private struct DirectedDiv : IDirected
    {
        public static float Apply(float a, float b, float c, Rounding r) => ExactRounding.Div(a, b, r);
    }

    private struct DirectedRcp : IDirected
    {
        public static float Apply(float a, float b, float c, Rounding r) => ExactRounding.Div(1, a, r);
    }

    private struct DirectedSqrt : IDirected
    {
        public static float Apply(float a, float b, float c, Rounding r) => ExactRounding.Sqrt(a, r);
    }

    private static void DirectedLanes<TOp>(Warp w, Op o) where TOp : struct, IDirected
    {
        bool ftz = (o.Option & FtzBit) != 0;
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int i = BitOperations.TrailingZeroCount(lanes);
            float a = Lanes.At<float>(w.R + o.A, i), b = Lanes.At<float>(w.R + o.B, i), c = Lanes.At<float>(w.R + o.C, i);
            if (ftz) (a, b, c) = (Formats.Flush(a), Formats.Flush(b), Formats.Flush(c));
            float r = TOp.Apply(a, b, c, (Rounding)o.Imm);
            if (ftz) r = Formats.Flush(r);
            if ((o.Option & SatBit) != 0) r = Formats.Saturate(r);
            Lanes.Put(w.R + o.D, i, Formats.Canonical(r));
        }
    }
}
