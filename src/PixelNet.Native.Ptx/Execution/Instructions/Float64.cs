using System.Numerics;
using System.Runtime.Intrinsics;
using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary><c>add sub mul fma mad div rcp sqrt min max neg abs</c> on doubles (PTX ISA 7.8, section 9.7.3).</summary>
internal static unsafe class Float64
{
    private struct Add : IVector2<double>
    {
        public static Vector512<double> Apply(Vector512<double> a, Vector512<double> b) => a + b;
    }

    private struct Sub : IVector2<double>
    {
        public static Vector512<double> Apply(Vector512<double> a, Vector512<double> b) => a - b;
    }

    private struct Mul : IVector2<double>
    {
        public static Vector512<double> Apply(Vector512<double> a, Vector512<double> b) => a * b;
    }

    private struct Div : IVector2<double>
    {
        public static Vector512<double> Apply(Vector512<double> a, Vector512<double> b) => a / b;
    }

    private struct Fma : IVector3<double>
    {
        public static Vector512<double> Apply(Vector512<double> a, Vector512<double> b, Vector512<double> c) => Vector512.FusedMultiplyAdd(a, b, c);
    }

    private struct Rcp : IVector1<double>
    {
        public static Vector512<double> Apply(Vector512<double> a) => Vector512<double>.One / a;
    }

    private struct Sqrt : IVector1<double>
    {
        public static Vector512<double> Apply(Vector512<double> a) => Vector512.Sqrt(a);
    }

    private struct Min : IVector2<double>
    {
        public static Vector512<double> Apply(Vector512<double> a, Vector512<double> b) => Vector512.MinNumber(a, b);
    }

    private struct Max : IVector2<double>
    {
        public static Vector512<double> Apply(Vector512<double> a, Vector512<double> b) => Vector512.MaxNumber(a, b);
    }

    private struct Neg : IVector1<double>
    {
        public static Vector512<double> Apply(Vector512<double> a) => a ^ Vector512.Create(1UL << 63).AsDouble();
    }

    private struct Abs : IVector1<double>
    {
        public static Vector512<double> Apply(Vector512<double> a) => Vector512.Abs(a);
    }

    public static void Translate(Translator t, string name)
    {
        // .ftz on doubles exists only at the approximate reciprocals, which are exact here.
        bool isApproximate = t.Accept("approx");
        if (isApproximate) t.Accept("ftz");
        var rounding = t.FloatRounding() ?? Rounding.Nearest;
        int sources = name is "fma" or "mad" ? 3 : name is "rcp" or "sqrt" or "neg" or "abs" ? 1 : 2;
        Run run = rounding == Rounding.Nearest ? NearestOf(name) : DirectedOf(name);
        t.Count(sources + 1);
        var op = t.Emit(run, t.Dst(0, PtxType.F64), t.Src(1, PtxType.F64));
        op.B = sources > 1 ? t.Src(2, PtxType.F64) : op.A;
        op.C = sources > 2 ? t.Src(3, PtxType.F64) : op.A;
        op.Imm = (ulong)rounding;
    }

    private static Run NearestOf(string name) => name switch
    {
        "add" => &Simd.Map2<double, Add>,
        "sub" => &Simd.Map2<double, Sub>,
        "mul" => &Simd.Map2<double, Mul>,
        "div" => &Simd.Map2<double, Div>,
        "fma" or "mad" => &Simd.Map3<double, Fma>,
        "rcp" => &Simd.Map1<double, Rcp>,
        "sqrt" => &Simd.Map1<double, Sqrt>,
        "min" => &Simd.Map2<double, Min>,
        "max" => &Simd.Map2<double, Max>,
        "neg" => &Simd.Map1<double, Neg>,
        "abs" => &Simd.Map1<double, Abs>,
        _ => null,
    };

    private static Run DirectedOf(string name) => name switch
    {
        "add" or "sub" or "mul" or "fma" or "mad" or "div" or "rcp" or "sqrt" => &Directed,
        _ => null,
    };

    private static void Directed(Warp w, Op o)
    {
        string name = o.Source.Opcode;
        var r = (Rounding)o.Imm;
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int i = BitOperations.TrailingZeroCount(lanes);
            double a = Lanes.At<double>(w.R + o.A, i), b = Lanes.At<double>(w.R + o.B, i), c = Lanes.At<double>(w.R + o.C, i);
            Lanes.Put(w.R + o.D, i, name switch
            {
                "add" => ExactRounding.Add(a, b, r),
                "sub" => ExactRounding.Add(a, -b, r),
                "mul" => ExactRounding.Mul(a, b, r),
                "div" => ExactRounding.Div(a, b, r),
                "rcp" => ExactRounding.Div(1, a, r),
                "sqrt" => ExactRounding.Sqrt(a, r),
                _ => ExactRounding.Fma(a, b, c, r),
            });
        }
    }
}
