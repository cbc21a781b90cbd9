using System.Numerics;
using System.Runtime.Intrinsics;
using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary><c>shl shr shf</c> (PTX ISA 7.8, section 9.7.7.6-8). Shifts by the width or more give zero, or the sign for signed right shifts.</summary>
internal static unsafe class Shifts
{
    private struct Left<T> : ILane2<T, uint, T> where T : unmanaged, IBinaryInteger<T>
    {
        public static T Apply(T a, uint b) => b >= sizeof(T) * 8 ? T.Zero : a << (int)b;
    }

    private struct Right<T> : ILane2<T, uint, T> where T : unmanaged, IBinaryInteger<T>
    {
        public static T Apply(T a, uint b) => b >= sizeof(T) * 8 ? (T.IsNegative(a) ? ~T.Zero : T.Zero) : a >> (int)b;
    }

    // The usual case, a literal count, is one vector shift.
    private interface IByCount<T>
    {
        static abstract Vector512<T> Apply(Vector512<T> a, int count);
    }

    private struct LeftOf<T> : IByCount<T> where T : unmanaged, IBinaryInteger<T>
    {
        public static Vector512<T> Apply(Vector512<T> a, int count) => a << count;
    }

    private struct RightOf<T> : IByCount<T> where T : unmanaged, IBinaryInteger<T>
    {
        public static Vector512<T> Apply(Vector512<T> a, int count) => a >> count;
    }

    private static void ByCount<T, TOp>(Warp w, Op o) where T : unmanaged where TOp : struct, IByCount<T>
    {
        T* a = (T*)(w.R + o.A), d = (T*)(w.R + o.D);
        for (int i = 0; i < 32; i += Vector512<T>.Count) Simd.Put(w, d, i, TOp.Apply(Vector512.Load(a + i), o.Option));
    }

    public static void TranslateLeft(Translator t)
    {
        var type = t.Type(PtxType.B16, PtxType.B32, PtxType.B64);
        if (Literal(t, type) is { } count)
        {
            ByLiteral(t, type, count, type.Size() == 4 ? &ByCount<uint, LeftOf<uint>> : &ByCount<ulong, LeftOf<ulong>>);
            return;
        }
        t.Count(3);
        t.Emit(type.Size() switch
        {
            2 => &Lanes.Map2<ushort, uint, ushort, Left<ushort>>,
            4 => &Lanes.Map2<uint, uint, uint, Left<uint>>,
            _ => &Lanes.Map2<ulong, uint, ulong, Left<ulong>>,
        }, t.Dst(0, type), t.Src(1, type), t.Src(2, PtxType.U32));
    }

    public static void TranslateRight(Translator t)
    {
        var type = t.Type(PtxType.B16, PtxType.B32, PtxType.B64, PtxType.U16, PtxType.U32, PtxType.U64, PtxType.S16, PtxType.S32, PtxType.S64);
        if (Literal(t, type) is { } count)
        {
            ByLiteral(t, type, count, type switch
            {
                PtxType.S32 => &ByCount<int, RightOf<int>>,
                PtxType.S64 => &ByCount<long, RightOf<long>>,
                _ => type.Size() == 4 ? &ByCount<uint, RightOf<uint>> : &ByCount<ulong, RightOf<ulong>>,
            });
            return;
        }
        t.Count(3);
        t.Emit(type switch
        {
            PtxType.S16 => &Lanes.Map2<short, uint, short, Right<short>>,
            PtxType.S32 => &Lanes.Map2<int, uint, int, Right<int>>,
            PtxType.S64 => &Lanes.Map2<long, uint, long, Right<long>>,
            PtxType.B16 or PtxType.U16 => &Lanes.Map2<ushort, uint, ushort, Right<ushort>>,
            PtxType.B32 or PtxType.U32 => &Lanes.Map2<uint, uint, uint, Right<uint>>,
            _ => &Lanes.Map2<ulong, uint, ulong, Right<ulong>>,
        }, t.Dst(0, type), t.Src(1, type), t.Src(2, PtxType.U32));
    }

    private static int? Literal(Translator t, PtxType type)
    {
        var operand = t.Operand(2);
        bool isPlain = operand.Kind == OperandKind.Integer && type.Size() >= 4 && operand.Bits < (ulong)(type.Size() * 8);
        return isPlain ? (int)operand.Bits : null;
    }

    private static void ByLiteral(Translator t, PtxType type, int count, Run run)
    {
        t.Count(3);
        t.Emit(run, t.Dst(0, type), t.Src(1, type)).Option = count;
    }

    private struct FunnelLeftWrap : ILane3<uint, uint, uint, uint>
    {
        public static uint Apply(uint a, uint b, uint c) => (uint)(((((ulong)b << 32) | a) << (int)(c & 31)) >> 32);
    }

    private struct FunnelLeftClamp : ILane3<uint, uint, uint, uint>
    {
        public static uint Apply(uint a, uint b, uint c) => c >= 32 ? a : FunnelLeftWrap.Apply(a, b, c);
    }

    private struct FunnelRightWrap : ILane3<uint, uint, uint, uint>
    {
        public static uint Apply(uint a, uint b, uint c) => (uint)((((ulong)b << 32) | a) >> (int)(c & 31));
    }

    private struct FunnelRightClamp : ILane3<uint, uint, uint, uint>
    {
        public static uint Apply(uint a, uint b, uint c) => c >= 32 ? b : FunnelRightWrap.Apply(a, b, c);
    }

    /// <summary><c>shf.{l,r}.{clamp,wrap}.b32</c>: 32 bits of the 64-bit value b:a shifted.</summary>
    public static void TranslateFunnel(Translator t)
    {
        bool isLeft = (t.AcceptAny("l", "r") ?? throw t.Fail("one of .l, .r is missing")) == "l";
        bool wraps = (t.AcceptAny("wrap", "clamp") ?? throw t.Fail("one of .wrap, .clamp is missing")) == "wrap";
        var type = t.Type(PtxType.B32);
        IntegerArithmetic.Ternary(t, type, isLeft
            ? wraps ? &Lanes.Same3<uint, FunnelLeftWrap> : &Lanes.Same3<uint, FunnelLeftClamp>
            : wraps ? &Lanes.Same3<uint, FunnelRightWrap> : &Lanes.Same3<uint, FunnelRightClamp>);
    }
}
