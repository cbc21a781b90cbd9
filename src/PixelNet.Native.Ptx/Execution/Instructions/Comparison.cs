using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary>
/// <c>setp set</c> with all comparisons and boolean combinations (PTX ISA 7.8, section 9.7.5). 32- and 64-bit types compare by vectors; the result is a mask.
/// </summary>
internal static unsafe class Comparison
{
    private enum Relation { Eq, Ne, Lt, Le, Gt, Ge, Equ, Neu, Ltu, Leu, Gtu, Geu, Num, Nan }

    private enum Combine { None, And, Or, Xor }

    /// <summary>Mask of the lanes in which the relation holds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static uint Compare<T>(byte* left, byte* right, Relation relation) where T : unmanaged
    {
        T* a = (T*)left, b = (T*)right;
        uint bits = 0;
        for (int i = 0; i < 32; i += Vector512<T>.Count)
        {
            Vector512<T> x = Vector512.Load(a + i), y = Vector512.Load(b + i);
            var r = relation switch
            {
                Relation.Eq => Vector512.Equals(x, y),
                // Unordered: not equal, but neither NaN.
                Relation.Ne => Vector512.LessThan(x, y) | Vector512.GreaterThan(x, y),
                Relation.Lt => Vector512.LessThan(x, y),
                Relation.Le => Vector512.LessThanOrEqual(x, y),
                Relation.Gt => Vector512.GreaterThan(x, y),
                Relation.Ge => Vector512.GreaterThanOrEqual(x, y),
                Relation.Equ => ~(Vector512.LessThan(x, y) | Vector512.GreaterThan(x, y)),
                Relation.Neu => ~Vector512.Equals(x, y),
                Relation.Ltu => ~Vector512.GreaterThanOrEqual(x, y),
                Relation.Leu => ~Vector512.GreaterThan(x, y),
                Relation.Gtu => ~Vector512.LessThanOrEqual(x, y),
                Relation.Geu => ~Vector512.LessThan(x, y),
                Relation.Num => Vector512.Equals(x, x) & Vector512.Equals(y, y),
                _ => ~(Vector512.Equals(x, x) & Vector512.Equals(y, y)),
            };
            bits |= (uint)r.ExtractMostSignificantBits() << i;
        }
        return bits;
    }

    // 16-bit lanes are widened first, with the sign or value that their type gives them.
    private static uint CompareNarrow(Warp w, Op o, PtxType type, Relation relation)
    {
        byte* wide = stackalloc byte[512];
        for (int side = 0; side < 2; side++)
        {
            uint* from = (uint*)(w.R + (side == 0 ? o.A : o.B));
            float* to = (float*)wide + (side * 32);
            for (int i = 0; i < 32; i++)
            {
                ushort bits = (ushort)from[i];
                // Every 16-bit number is exact in single precision, so one comparison serves all.
                to[i] = type switch
                {
                    PtxType.S16 => (short)bits,
                    PtxType.F16 => Formats.HalfToSingle(bits),
                    PtxType.BF16 => Formats.Bf16ToSingle(bits),
                    _ => bits,
                };
            }
        }
        return Compare<float>(wide, wide + 128, relation);
    }

    private static uint CompareFlushed(Warp w, Op o, Relation relation)
    {
        float* flushed = stackalloc float[64];
        for (int i = 0; i < 32; i++)
        {
            flushed[i] = Formats.Flush(Lanes.At<float>(w.R + o.A, i));
            flushed[i + 32] = Formats.Flush(Lanes.At<float>(w.R + o.B, i));
        }
        return Compare<float>((byte*)flushed, (byte*)(flushed + 32), relation);
    }

    private const int FtzBit = 1 << 20;

    private static uint Mask(Warp w, Op o)
    {
        var relation = (Relation)(o.Option & 15);
        var type = (PtxType)((o.Option >> 4) & 31);
        uint bits = type switch
        {
            PtxType.F32 => (o.Option & FtzBit) != 0 ? CompareFlushed(w, o, relation) : Compare<float>(w.R + o.A, w.R + o.B, relation),
            PtxType.S32 => Compare<int>(w.R + o.A, w.R + o.B, relation),
            PtxType.U32 or PtxType.B32 => Compare<uint>(w.R + o.A, w.R + o.B, relation),
            PtxType.S64 => Compare<long>(w.R + o.A, w.R + o.B, relation),
            PtxType.U64 or PtxType.B64 => Compare<ulong>(w.R + o.A, w.R + o.B, relation),
            PtxType.F64 => Compare<double>(w.R + o.A, w.R + o.B, relation),
            _ => CompareNarrow(w, o, type, relation),
        };
        return bits;
    }

    private static uint Combined(Op o, uint bits, uint c) => (Combine)((o.Option >> 12) & 3) switch
    {
        Combine.And => bits & c,
        Combine.Or => bits | c,
        Combine.Xor => bits ^ c,
        _ => bits,
    };

    private static void Setp(Warp w, Op o)
    {
        uint bits = Mask(w, o);
        uint c = o.C >= 0 ? w.Predicate(o.C) : 0;
        w.SetPredicate(o.D, Combined(o, bits, c));
        if (o.D2 >= 0) w.SetPredicate(o.D2, Combined(o, ~bits, c));
    }

    private static void Set(Warp w, Op o)
    {
        uint bits = Combined(o, Mask(w, o), o.C >= 0 ? w.Predicate(o.C) : 0), high = 0;
        uint yes = (uint)o.Imm;
        bool isPacked = o.Other is not null;
        if (isPacked) high = Combined(o, Mask(w, o.Other!), o.C >= 0 ? w.Predicate(o.C) : 0);
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int i = BitOperations.TrailingZeroCount(lanes);
            uint value = ((bits >> i) & 1) != 0 ? yes : 0;
            if (isPacked && ((high >> i) & 1) != 0) value |= yes << 16;
            w.Write32(o.D, i, value);
        }
    }

    /// <summary><c>setp.cmp[.bool][.ftz].type p[|q], a, b[, [!]c]</c>.</summary>
    public static void TranslateSetp(Translator t)
    {
        int option = Options(t, out bool combines);
        var type = t.Type();
        if (type is PtxType.F16X2 or PtxType.BF16X2)
        {
            PackedComparison(t, option, type, combines);
            return;
        }
        t.Count(combines ? 4 : 3);
        int c = combines ? t.Pred(t.Operand(3)) : -1;
        var destination = t.Operand(0);
        bool isPair = destination.Kind == OperandKind.Pair;
        var op = t.Emit(&Setp, t.PredDst(isPair ? destination.Items[0] : destination), t.Src(1, type), t.Src(2, type), c);
        if (isPair) op.D2 = t.PredDst(destination.Items[1]);
        op.Option = option | ((int)type << 4);
    }

    /// <summary><c>set</c>: all ones or zero (integers), 1.0 or 0.0 (floats) instead of a predicate; pairs give both halves.</summary>
    public static void TranslateSet(Translator t)
    {
        int option = Options(t, out bool combines);
        PtxType result = t.Type(), type = t.Type();
        bool isPacked = type is PtxType.F16X2 or PtxType.BF16X2;
        ulong yes = result switch
        {
            PtxType.F32 => 0x3F80_0000,
            PtxType.F16 or PtxType.F16X2 => 0x3C00,
            PtxType.BF16 or PtxType.BF16X2 => 0x3F80,
            PtxType.U16 or PtxType.S16 => 0xFFFF,
            PtxType.U32 or PtxType.S32 => isPacked ? 0xFFFFu : uint.MaxValue,
            _ => throw t.Fail($"type .{result.Name()} is not possible here"),
        };
        if (isPacked ? result != type && result is not (PtxType.U32 or PtxType.S32) : result is PtxType.F16X2 or PtxType.BF16X2) throw t.Fail("packed results belong to packed operands");
        t.Count(combines ? 4 : 3);
        int c = combines ? t.Pred(t.Operand(3)) : -1, a = t.Src(1, type), b = t.Src(2, type);
        Op? upper = isPacked ? UpperHalves(t, a, b) : null;
        var op = t.Emit(&Set, t.Dst(0, result), a, b, c);
        op.Option = option | ((int)Half(type) << 4);
        op.Imm = yes;
        if (upper is null) return;
        upper.Option = op.Option;
        op.Other = upper;
    }

    private static PtxType Half(PtxType type) => type switch { PtxType.F16X2 => PtxType.F16, PtxType.BF16X2 => PtxType.BF16, _ => type };

    // The upper halves of two rows in rows of their own, as the operands of a second comparison.
    private static Op UpperHalves(Translator t, int a, int b)
    {
        var op = new Op { A = t.NewRow(4), B = t.NewRow(4), Source = t.Instruction };
        t.Unguarded(&UpperHalf, op.A, a);
        t.Unguarded(&UpperHalf, op.B, b);
        return op;
    }

    private static int Options(Translator t, out bool combines)
    {
        string name = t.AcceptAny("eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs", "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan")
            ?? throw t.Fail("the comparison is missing or unknown");
        var relation = name switch
        {
            "lo" => Relation.Lt,
            "ls" => Relation.Le,
            "hi" => Relation.Gt,
            "hs" => Relation.Ge,
            _ => Enum.Parse<Relation>(name, ignoreCase: true),
        };
        var combine = t.AcceptAny("and", "or", "xor") switch { "and" => Combine.And, "or" => Combine.Or, "xor" => Combine.Xor, _ => Combine.None };
        combines = combine != Combine.None;
        return (int)relation | ((int)combine << 12) | (t.Accept("ftz") ? FtzBit : 0);
    }

    // setp on pairs gives one predicate a half.
    private static void PackedComparison(Translator t, int option, PtxType type, bool combines)
    {
        var destination = t.Operand(0);
        if (destination.Kind != OperandKind.Pair) throw t.Fail("packed comparisons need two predicates p|q");
        int a = t.Src(1, type), b = t.Src(2, type), c = combines ? t.Pred(t.Operand(3)) : -1;
        var upper = UpperHalves(t, a, b);
        t.Emit(&Setp, t.PredDst(destination.Items[0]), a, b, c).Option = option | ((int)Half(type) << 4);
        t.Emit(&Setp, t.PredDst(destination.Items[1]), upper.A, upper.B, c).Option = option | ((int)Half(type) << 4);
    }

    private static void UpperHalf(Warp w, Op o)
    {
        for (int i = 0; i < 32; i++) w.Write32(o.D, i, w.Read32(o.A, i) >> 16);
    }
}
