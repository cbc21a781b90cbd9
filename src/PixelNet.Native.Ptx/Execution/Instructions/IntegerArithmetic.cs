using System.Numerics;
using System.Runtime.Intrinsics;
using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary>
/// Integer <c>add sub neg abs min max div rem sad mul24</c> and the carry forms (PTX ISA 7.8, section 9.7.1 and 9.7.2). 32- and 64-bit types by vectors,
/// 16-bit types and division lane by lane. Division by zero gives all ones, as GPUs do; the smallest number by -1 wraps.
/// </summary>
internal static unsafe class IntegerArithmetic
{
    internal struct Add<T> : IVector2<T>, ILane2<T, T, T> where T : unmanaged, IBinaryInteger<T>
    {
        public static Vector512<T> Apply(Vector512<T> a, Vector512<T> b) => a + b;

        public static T Apply(T a, T b) => unchecked(a + b);
    }

    internal struct Sub<T> : IVector2<T>, ILane2<T, T, T> where T : unmanaged, IBinaryInteger<T>
    {
        public static Vector512<T> Apply(Vector512<T> a, Vector512<T> b) => a - b;

        public static T Apply(T a, T b) => unchecked(a - b);
    }

    internal struct Min<T> : IVector2<T>, ILane2<T, T, T> where T : unmanaged, IBinaryInteger<T>
    {
        public static Vector512<T> Apply(Vector512<T> a, Vector512<T> b) => Vector512.Min(a, b);

        public static T Apply(T a, T b) => T.Min(a, b);
    }

    internal struct Max<T> : IVector2<T>, ILane2<T, T, T> where T : unmanaged, IBinaryInteger<T>
    {
        public static Vector512<T> Apply(Vector512<T> a, Vector512<T> b) => Vector512.Max(a, b);

        public static T Apply(T a, T b) => T.Max(a, b);
    }

    private struct Neg<T> : IVector1<T>, ILane1<T, T> where T : unmanaged, IBinaryInteger<T>
    {
        public static Vector512<T> Apply(Vector512<T> a) => Vector512<T>.Zero - a;

        public static T Apply(T a) => unchecked(T.Zero - a);
    }

    private struct Abs<T> : IVector1<T>, ILane1<T, T> where T : unmanaged, IBinaryInteger<T>
    {
        public static Vector512<T> Apply(Vector512<T> a) => Vector512.Abs(a);

        public static T Apply(T a) => T.IsNegative(a) ? unchecked(T.Zero - a) : a;
    }

    private struct Div<T> : ILane2<T, T, T> where T : unmanaged, IBinaryInteger<T>
    {
        public static T Apply(T a, T b)
        {
            if (T.IsZero(b)) return ~T.Zero;
            return b == ~T.Zero && T.IsNegative(b) ? unchecked(T.Zero - a) : a / b;
        }
    }

    private struct Rem<T> : ILane2<T, T, T> where T : unmanaged, IBinaryInteger<T>
    {
        public static T Apply(T a, T b)
        {
            if (T.IsZero(b)) return a;
            return b == ~T.Zero && T.IsNegative(b) ? T.Zero : a % b;
        }
    }

    private struct SaturatingAdd : ILane2<int, int, int>
    {
        public static int Apply(int a, int b) => (int)Math.Clamp((long)a + b, int.MinValue, int.MaxValue);
    }

    private struct SaturatingSub : ILane2<int, int, int>
    {
        public static int Apply(int a, int b) => (int)Math.Clamp((long)a - b, int.MinValue, int.MaxValue);
    }

    private struct Sad<T> : ILane3<T, T, T, T> where T : unmanaged, IBinaryInteger<T>
    {
        public static T Apply(T a, T b, T c) => unchecked(c + (a < b ? b - a : a - b));
    }

    public static void TranslateAdd(Translator t, PtxType type)
    {
        if (CarryIn(t, type)) return;
        bool saturate = t.Accept("sat");
        if (saturate && type != PtxType.S32) throw t.Fail(".sat needs .s32");
        Binary(t, type, saturate ? &Lanes.Same2<int, SaturatingAdd> : type.Size() switch
        {
            2 => &Lanes.Same2<ushort, Add<ushort>>,
            4 => &Simd.Map2<uint, Add<uint>>,
            _ => &Simd.Map2<ulong, Add<ulong>>,
        });
    }

    public static void TranslateSub(Translator t, PtxType type)
    {
        if (CarryIn(t, type)) return;
        bool saturate = t.Accept("sat");
        if (saturate && type != PtxType.S32) throw t.Fail(".sat needs .s32");
        Binary(t, type, saturate ? &Lanes.Same2<int, SaturatingSub> : type.Size() switch
        {
            2 => &Lanes.Same2<ushort, Sub<ushort>>,
            4 => &Simd.Map2<uint, Sub<uint>>,
            _ => &Simd.Map2<ulong, Sub<ulong>>,
        });
    }

    private static bool CarryIn(Translator t, PtxType type)
    {
        if (!t.Accept("cc")) return false;
        Carry.Translate(t, type, isSubtraction: t.Instruction.Opcode == "sub", readsCarry: false, writesCarry: true);
        return true;
    }

    public static void TranslateMinMax(Translator t, PtxType type, bool isMax) => Binary(t, type, type switch
    {
        PtxType.U16 => isMax ? &Lanes.Same2<ushort, Max<ushort>> : &Lanes.Same2<ushort, Min<ushort>>,
        PtxType.S16 => isMax ? &Lanes.Same2<short, Max<short>> : &Lanes.Same2<short, Min<short>>,
        PtxType.U32 => isMax ? &Simd.Map2<uint, Max<uint>> : &Simd.Map2<uint, Min<uint>>,
        PtxType.S32 => isMax ? &Simd.Map2<int, Max<int>> : &Simd.Map2<int, Min<int>>,
        PtxType.U64 => isMax ? &Simd.Map2<ulong, Max<ulong>> : &Simd.Map2<ulong, Min<ulong>>,
        PtxType.S64 => isMax ? &Simd.Map2<long, Max<long>> : &Simd.Map2<long, Min<long>>,
        _ => (Run)null,
    });

    public static void TranslateDivRem(Translator t, PtxType type, bool isRemainder) => Binary(t, type, type switch
    {
        PtxType.U16 => isRemainder ? &Lanes.Same2<ushort, Rem<ushort>> : &Lanes.Same2<ushort, Div<ushort>>,
        PtxType.S16 => isRemainder ? &Lanes.Same2<short, Rem<short>> : &Lanes.Same2<short, Div<short>>,
        PtxType.U32 => isRemainder ? &Lanes.Same2<uint, Rem<uint>> : &Lanes.Same2<uint, Div<uint>>,
        PtxType.S32 => isRemainder ? &Lanes.Same2<int, Rem<int>> : &Lanes.Same2<int, Div<int>>,
        PtxType.U64 => isRemainder ? &Lanes.Same2<ulong, Rem<ulong>> : &Lanes.Same2<ulong, Div<ulong>>,
        PtxType.S64 => isRemainder ? &Lanes.Same2<long, Rem<long>> : &Lanes.Same2<long, Div<long>>,
        _ => (Run)null,
    });

    public static void TranslateNeg(Translator t, PtxType type) => Unary(t, type, type switch
    {
        PtxType.S16 => &Lanes.Same1<short, Neg<short>>,
        PtxType.S32 => &Simd.Map1<int, Neg<int>>,
        PtxType.S64 => &Simd.Map1<long, Neg<long>>,
        _ => (Run)null,
    });

    public static void TranslateAbs(Translator t, PtxType type) => Unary(t, type, type switch
    {
        PtxType.S16 => &Lanes.Same1<short, Abs<short>>,
        PtxType.S32 => &Simd.Map1<int, Abs<int>>,
        PtxType.S64 => &Simd.Map1<long, Abs<long>>,
        _ => (Run)null,
    });

    public static void TranslateSad(Translator t)
    {
        var type = t.Type();
        Ternary(t, type, type switch
        {
            PtxType.U16 => &Lanes.Same3<ushort, Sad<ushort>>,
            PtxType.S16 => &Lanes.Same3<short, Sad<short>>,
            PtxType.U32 => &Lanes.Same3<uint, Sad<uint>>,
            PtxType.S32 => &Lanes.Same3<int, Sad<int>>,
            PtxType.U64 => &Lanes.Same3<ulong, Sad<ulong>>,
            PtxType.S64 => &Lanes.Same3<long, Sad<long>>,
            _ => (Run)null,
        });
    }

    /// <summary>d = f(a) on one type.</summary>
    public static void Unary(Translator t, PtxType type, Run run)
    {
        t.Count(2);
        t.Emit(run, t.Dst(0, type), t.Src(1, type));
    }

    /// <summary>d = f(a, b) on one type.</summary>
    public static void Binary(Translator t, PtxType type, Run run)
    {
        t.Count(3);
        t.Emit(run, t.Dst(0, type), t.Src(1, type), t.Src(2, type));
    }

    /// <summary>d = f(a, b, c) on one type.</summary>
    public static void Ternary(Translator t, PtxType type, Run run)
    {
        t.Count(4);
        t.Emit(run, t.Dst(0, type), t.Src(1, type), t.Src(2, type), t.Src(3, type));
    }
}
