using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary>Integer <c>mul mad mul24 mad24 dp4a dp2a</c> with <c>.lo .hi .wide</c> (PTX ISA 7.8, section 9.7.1).</summary>
internal static unsafe class IntegerMultiply
{
    private struct Low<T> : IVector2<T>, IVector3<T>, ILane2<T, T, T>, ILane3<T, T, T, T> where T : unmanaged, IBinaryInteger<T>
    {
        public static Vector512<T> Apply(Vector512<T> a, Vector512<T> b) => a * b;

        public static Vector512<T> Apply(Vector512<T> a, Vector512<T> b, Vector512<T> c) => (a * b) + c;

        public static T Apply(T a, T b) => unchecked(a * b);

        public static T Apply(T a, T b, T c) => unchecked((a * b) + c);
    }

    // The high half through a type twice as wide.
    private struct High<T, TWide> : ILane2<T, T, T>, ILane3<T, T, T, T>
        where T : unmanaged, IBinaryInteger<T> where TWide : unmanaged, IBinaryInteger<TWide>
    {
        public static T Apply(T a, T b) => T.CreateTruncating((TWide.CreateTruncating(a) * TWide.CreateTruncating(b)) >> (sizeof(T) * 8));

        public static T Apply(T a, T b, T c) => unchecked(Apply(a, b) + c);
    }

    private struct SaturatingMadHigh : ILane3<int, int, int, int>
    {
        public static int Apply(int a, int b, int c) => (int)Math.Clamp((((long)a * b) >> 32) + c, int.MinValue, int.MaxValue);
    }

    private struct Wide<T, TWide> : ILane2<T, T, TWide>, ILane3<T, T, TWide, TWide>
        where T : unmanaged, IBinaryInteger<T> where TWide : unmanaged, IBinaryInteger<TWide>
    {
        public static TWide Apply(T a, T b) => unchecked(TWide.CreateTruncating(a) * TWide.CreateTruncating(b));

        public static TWide Apply(T a, T b, TWide c) => unchecked((TWide.CreateTruncating(a) * TWide.CreateTruncating(b)) + c);
    }

    private struct Mul24<T> : ILane2<T, T, T>, ILane3<T, T, T, T> where T : unmanaged, IBinaryInteger<T>
    {
        private static T Cut(T a) => (a << 8) >> 8;

        public static T Apply(T a, T b) => unchecked(Cut(a) * Cut(b));

        public static T Apply(T a, T b, T c) => unchecked(Apply(a, b) + c);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WideSigned(Warp w, Op o)
    {
        int* a = (int*)(w.R + o.A), b = (int*)(w.R + o.B);
        long* d = (long*)(w.R + o.D), c = (long*)(w.R + o.C);
        bool adds = o.Option != 0;
        for (int i = 0; i < 32; i += 16)
        {
            var x = Vector512.Load(a + i);
            var y = Vector512.Load(b + i);
            var low = Vector512.WidenLower(x) * Vector512.WidenLower(y);
            var high = Vector512.WidenUpper(x) * Vector512.WidenUpper(y);
            if (adds)
            {
                low += Vector512.Load(c + i);
                high += Vector512.Load(c + i + 8);
            }
            Simd.Put(w, d, i, low);
            Simd.Put(w, d, i + 8, high);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WideUnsigned(Warp w, Op o)
    {
        uint* a = (uint*)(w.R + o.A), b = (uint*)(w.R + o.B);
        ulong* d = (ulong*)(w.R + o.D), c = (ulong*)(w.R + o.C);
        bool adds = o.Option != 0;
        for (int i = 0; i < 32; i += 16)
        {
            var x = Vector512.Load(a + i);
            var y = Vector512.Load(b + i);
            var low = Vector512.WidenLower(x) * Vector512.WidenLower(y);
            var high = Vector512.WidenUpper(x) * Vector512.WidenUpper(y);
            if (adds)
            {
                low += Vector512.Load(c + i);
                high += Vector512.Load(c + i + 8);
            }
            Simd.Put(w, d, i, low);
            Simd.Put(w, d, i + 8, high);
        }
    }

    /// <summary><c>mul</c> and <c>mad</c> on integers.</summary>
    public static void Translate(Translator t, PtxType type, bool adds)
    {
        string part = t.AcceptAny("lo", "hi", "wide") ?? throw t.Fail("one of .lo, .hi, .wide is missing");
        bool saturate = t.Accept("sat");
        if (saturate && !(adds && part == "hi" && type == PtxType.S32)) throw t.Fail(".sat needs mad.hi.s32");
        if (part == "wide") TranslateWide(t, type, adds);
        else if (part == "lo") Emit(t, type, adds, LowOf(type, adds));
        else Emit(t, type, adds, saturate ? &Lanes.Same3<int, SaturatingMadHigh> : HighOf(type, adds));
    }

    private static void Emit(Translator t, PtxType type, bool adds, Run run)
    {
        if (adds) IntegerArithmetic.Ternary(t, type, run);
        else IntegerArithmetic.Binary(t, type, run);
    }

    private static Run LowOf(PtxType type, bool adds) => type switch
    {
        PtxType.U16 or PtxType.S16 => adds ? &Lanes.Same3<ushort, Low<ushort>> : &Lanes.Same2<ushort, Low<ushort>>,
        PtxType.U32 or PtxType.S32 => adds ? &Simd.Map3<uint, Low<uint>> : &Simd.Map2<uint, Low<uint>>,
        PtxType.U64 or PtxType.S64 => adds ? &Simd.Map3<ulong, Low<ulong>> : &Simd.Map2<ulong, Low<ulong>>,
        _ => null,
    };

    private static Run HighOf(PtxType type, bool adds) => type switch
    {
        PtxType.U16 => adds ? &Lanes.Same3<ushort, High<ushort, uint>> : &Lanes.Same2<ushort, High<ushort, uint>>,
        PtxType.S16 => adds ? &Lanes.Same3<short, High<short, int>> : &Lanes.Same2<short, High<short, int>>,
        PtxType.U32 => adds ? &Lanes.Same3<uint, High<uint, ulong>> : &Lanes.Same2<uint, High<uint, ulong>>,
        PtxType.S32 => adds ? &Lanes.Same3<int, High<int, long>> : &Lanes.Same2<int, High<int, long>>,
        PtxType.U64 => adds ? &Lanes.Same3<ulong, High<ulong, UInt128>> : &Lanes.Same2<ulong, High<ulong, UInt128>>,
        PtxType.S64 => adds ? &Lanes.Same3<long, High<long, Int128>> : &Lanes.Same2<long, High<long, Int128>>,
        _ => null,
    };

    private static void TranslateWide(Translator t, PtxType type, bool adds)
    {
        t.Count(adds ? 4 : 3);
        var wide = type switch
        {
            PtxType.U16 => PtxType.U32,
            PtxType.S16 => PtxType.S32,
            PtxType.U32 => PtxType.U64,
            PtxType.S32 => PtxType.S64,
            _ => throw t.Fail(".wide needs 16- or 32-bit integers"),
        };
        Run run = type switch
        {
            PtxType.U16 => adds ? &Lanes.Map3<ushort, ushort, uint, uint, Wide<ushort, uint>> : &Lanes.Map2<ushort, ushort, uint, Wide<ushort, uint>>,
            PtxType.S16 => adds ? &Lanes.Map3<short, short, int, int, Wide<short, int>> : &Lanes.Map2<short, short, int, Wide<short, int>>,
            PtxType.U32 => &WideUnsigned,
            _ => &WideSigned,
        };
        var op = t.Emit(run, t.Dst(0, wide), t.Src(1, type), t.Src(2, type), adds ? t.Src(3, wide) : 0);
        op.Option = adds ? 1 : 0;
    }

    /// <summary><c>mul24.lo</c>, <c>mad24.lo</c>: products of the low 24 bits.</summary>
    public static void TranslateMul24(Translator t, bool adds)
    {
        if (!t.Accept("lo")) throw t.Fail("only .lo is supported");
        var type = t.Type(PtxType.U32, PtxType.S32);
        if (type == PtxType.U32) Emit(t, type, adds, adds ? &Lanes.Same3<uint, Mul24<uint>> : &Lanes.Same2<uint, Mul24<uint>>);
        else Emit(t, type, adds, adds ? &Lanes.Same3<int, Mul24<int>> : &Lanes.Same2<int, Mul24<int>>);
    }
}
