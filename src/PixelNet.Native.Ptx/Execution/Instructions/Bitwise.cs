using System.Numerics;
using System.Runtime.Intrinsics;
using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary><c>and or xor not cnot lop3</c> on bits and predicates (PTX ISA 7.8, section 9.7.7).</summary>
internal static unsafe class Bitwise
{
    private struct And<T> : IVector2<T> where T : unmanaged
    {
        public static Vector512<T> Apply(Vector512<T> a, Vector512<T> b) => a & b;
    }

    private struct Or<T> : IVector2<T> where T : unmanaged
    {
        public static Vector512<T> Apply(Vector512<T> a, Vector512<T> b) => a | b;
    }

    private struct Xor<T> : IVector2<T> where T : unmanaged
    {
        public static Vector512<T> Apply(Vector512<T> a, Vector512<T> b) => a ^ b;
    }

    private struct Complement<T> : IVector1<T> where T : unmanaged
    {
        public static Vector512<T> Apply(Vector512<T> a) => ~a;
    }

    private struct CNot<T> : ILane1<T, T> where T : unmanaged, IBinaryInteger<T>
    {
        public static T Apply(T a) => T.IsZero(a) ? T.One : T.Zero;
    }

    public static void TranslateAnd(Translator t)
    {
        var type = Type(t);
        IntegerArithmetic.Binary(t, type, type == PtxType.Pred ? &Predicates.And : type.Size() == 8 ? &Simd.Map2<ulong, And<ulong>> : &Simd.Map2<uint, And<uint>>);
    }

    public static void TranslateOr(Translator t)
    {
        var type = Type(t);
        IntegerArithmetic.Binary(t, type, type == PtxType.Pred ? &Predicates.Or : type.Size() == 8 ? &Simd.Map2<ulong, Or<ulong>> : &Simd.Map2<uint, Or<uint>>);
    }

    public static void TranslateXor(Translator t)
    {
        var type = Type(t);
        IntegerArithmetic.Binary(t, type, type == PtxType.Pred ? &Predicates.Xor : type.Size() == 8 ? &Simd.Map2<ulong, Xor<ulong>> : &Simd.Map2<uint, Xor<uint>>);
    }

    public static void TranslateNot(Translator t)
    {
        var type = Type(t);
        IntegerArithmetic.Unary(t, type, type == PtxType.Pred ? &Predicates.Not : type.Size() == 8 ? &Simd.Map1<ulong, Complement<ulong>> : &Simd.Map1<uint, Complement<uint>>);
    }

    public static void TranslateCNot(Translator t)
    {
        var type = t.Type(PtxType.B16, PtxType.B32, PtxType.B64);
        IntegerArithmetic.Unary(t, type, type.Size() switch { 2 => &Lanes.Same1<ushort, CNot<ushort>>, 4 => &Lanes.Same1<uint, CNot<uint>>, _ => &Lanes.Same1<ulong, CNot<ulong>> });
    }

    private static PtxType Type(Translator t) => t.Type(PtxType.Pred, PtxType.B16, PtxType.B32, PtxType.B64);

    /// <summary><c>lop3.b32 d, a, b, c, table</c>: the bit of the table at (a b c) read as a number.</summary>
    public static void TranslateLop3(Translator t)
    {
        t.Type(PtxType.B32);
        t.Count(5);
        var op = t.Emit(&Lop3, t.Dst(0, PtxType.B32), t.Src(1, PtxType.B32), t.Src(2, PtxType.B32), t.Src(3, PtxType.B32));
        op.Option = (int)t.Immediate(4, 0, 255);
    }

    private static void Lop3(Warp w, Op o)
    {
        uint* a = (uint*)(w.R + o.A), b = (uint*)(w.R + o.B), c = (uint*)(w.R + o.C), d = (uint*)(w.R + o.D);
        for (int i = 0; i < 32; i += 16)
        {
            Vector512<uint> x = Vector512.Load(a + i), y = Vector512.Load(b + i), z = Vector512.Load(c + i), r = default;
            for (int k = 0; k < 8; k++)
            {
                if (((o.Option >> k) & 1) == 0) continue;
                r |= ((k & 4) != 0 ? x : ~x) & ((k & 2) != 0 ? y : ~y) & ((k & 1) != 0 ? z : ~z);
            }
            Simd.Put(w, d, i, r);
        }
    }
}

/// <summary>Logic on predicates: a predicate of a warp is one 32-bit mask.</summary>
internal static unsafe class Predicates
{
    public static void And(Warp w, Op o) => w.SetPredicate(o.D, w.Predicate(o.A) & w.Predicate(o.B));

    public static void Or(Warp w, Op o) => w.SetPredicate(o.D, w.Predicate(o.A) | w.Predicate(o.B));

    public static void Xor(Warp w, Op o) => w.SetPredicate(o.D, w.Predicate(o.A) ^ w.Predicate(o.B));

    public static void Not(Warp w, Op o) => w.SetPredicate(o.D, ~w.Predicate(o.A));

    public static void Move(Warp w, Op o) => w.SetPredicate(o.D, w.Predicate(o.A));
}
