using System.Numerics;
using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary>
/// <c>atom</c> and <c>red</c> on global, shared and generic addresses (PTX ISA 7.8, section 9.7.12.4-5). The lanes of a warp go one after the other
/// from lane 0, so a sum of floats has one order for one order of warps and blocks.
/// </summary>
internal static unsafe class Atomics
{
    /// <summary>The new value from the old one and the operands.</summary>
    private interface IUpdate<T>
    {
        static abstract T Apply(T old, T b, T c);
    }

    private struct Add<T> : IUpdate<T> where T : INumberBase<T>
    {
        public static T Apply(T old, T b, T c) => unchecked(old + b);
    }

    private struct Min<T> : IUpdate<T> where T : INumber<T>
    {
        public static T Apply(T old, T b, T c) => T.Min(old, b);
    }

    private struct Max<T> : IUpdate<T> where T : INumber<T>
    {
        public static T Apply(T old, T b, T c) => T.Max(old, b);
    }

    private struct And<T> : IUpdate<T> where T : IBinaryInteger<T>
    {
        public static T Apply(T old, T b, T c) => old & b;
    }

    private struct Or<T> : IUpdate<T> where T : IBinaryInteger<T>
    {
        public static T Apply(T old, T b, T c) => old | b;
    }

    private struct Xor<T> : IUpdate<T> where T : IBinaryInteger<T>
    {
        public static T Apply(T old, T b, T c) => old ^ b;
    }

    private struct Exchange<T> : IUpdate<T>
    {
        public static T Apply(T old, T b, T c) => b;
    }

    private struct CompareAndSwap<T> : IUpdate<T> where T : IBinaryInteger<T>
    {
        public static T Apply(T old, T b, T c) => old == b ? c : old;
    }

    // inc and dec wrap at b.
    private struct Inc : IUpdate<uint>
    {
        public static uint Apply(uint old, uint b, uint c) => old >= b ? 0 : old + 1;
    }

    private struct Dec : IUpdate<uint>
    {
        public static uint Apply(uint old, uint b, uint c) => old == 0 || old > b ? b : old - 1;
    }

    private struct AddHalf : IUpdate<ushort>
    {
        public static ushort Apply(ushort old, ushort b, ushort c) =>
            Formats.DoubleToHalf((double)Formats.HalfToSingle(old) + Formats.HalfToSingle(b), Rounding.Nearest);
    }

    private struct AddBf16 : IUpdate<ushort>
    {
        public static ushort Apply(ushort old, ushort b, ushort c) =>
            Formats.SingleToBf16(HalfPrecision.ToOddSingle((double)Formats.Bf16ToSingle(old) + Formats.Bf16ToSingle(b)), Rounding.Nearest);
    }

    private struct Pair<TUpdate> : IUpdate<uint> where TUpdate : struct, IUpdate<ushort>
    {
        public static uint Apply(uint old, uint b, uint c) =>
            TUpdate.Apply((ushort)old, (ushort)b, 0) | ((uint)TUpdate.Apply((ushort)(old >> 16), (ushort)(b >> 16), 0) << 16);
    }

    public static void Translate(Translator t)
    {
        bool isReduction = t.Instruction.Opcode == "red";
        t.Accept("async");
        var space = t.Space();
        t.Ordering();
        t.Accept("noftz");
        string operation = t.AcceptAny("add", "min", "max", "and", "or", "xor", "exch", "cas", "inc", "dec") ?? throw t.Fail("the operation is missing or unknown");
        var type = t.Type();
        int first = isReduction ? 0 : 1;
        int sources = operation == "cas" ? 2 : 1;
        if (isReduction && operation is ("exch" or "cas")) throw t.Fail("red has no such operation");
        t.Count(first + 1 + sources, first + 2 + sources);
        var op = t.Emit(RunOf(operation, type));
        op.D = isReduction ? -1 : t.Dst(0, type);
        t.Address(op, first, space);
        op.B = t.Src(first + 1, type);
        op.C = sources == 2 ? t.Src(first + 2, type) : op.B;
    }

    private static Run RunOf(string operation, PtxType type) => (operation, type) switch
    {
        ("add", PtxType.U32 or PtxType.S32) => &Update<uint, Add<uint>>,
        ("add", PtxType.U64 or PtxType.S64) => &Update<ulong, Add<ulong>>,
        ("add", PtxType.F32) => &Update<float, Add<float>>,
        ("add", PtxType.F64) => &Update<double, Add<double>>,
        ("add", PtxType.F16) => &Update<ushort, AddHalf>,
        ("add", PtxType.BF16) => &Update<ushort, AddBf16>,
        ("add", PtxType.F16X2) => &Update<uint, Pair<AddHalf>>,
        ("add", PtxType.BF16X2) => &Update<uint, Pair<AddBf16>>,
        ("min", PtxType.U32) => &Update<uint, Min<uint>>,
        ("min", PtxType.S32) => &Update<int, Min<int>>,
        ("min", PtxType.U64) => &Update<ulong, Min<ulong>>,
        ("min", PtxType.S64) => &Update<long, Min<long>>,
        ("max", PtxType.U32) => &Update<uint, Max<uint>>,
        ("max", PtxType.S32) => &Update<int, Max<int>>,
        ("max", PtxType.U64) => &Update<ulong, Max<ulong>>,
        ("max", PtxType.S64) => &Update<long, Max<long>>,
        ("and", PtxType.B32) => &Update<uint, And<uint>>,
        ("and", PtxType.B64) => &Update<ulong, And<ulong>>,
        ("or", PtxType.B32) => &Update<uint, Or<uint>>,
        ("or", PtxType.B64) => &Update<ulong, Or<ulong>>,
        ("xor", PtxType.B32) => &Update<uint, Xor<uint>>,
        ("xor", PtxType.B64) => &Update<ulong, Xor<ulong>>,
        ("exch", PtxType.B32) => &Update<uint, Exchange<uint>>,
        ("exch", PtxType.B64) => &Update<ulong, Exchange<ulong>>,
        ("cas", PtxType.B16) => &Update<ushort, CompareAndSwap<ushort>>,
        ("cas", PtxType.B32) => &Update<uint, CompareAndSwap<uint>>,
        ("cas", PtxType.B64) => &Update<ulong, CompareAndSwap<ulong>>,
        ("inc", PtxType.U32) => &Update<uint, Inc>,
        ("dec", PtxType.U32) => &Update<uint, Dec>,
        _ => null,
    };

    private static void Update<T, TUpdate>(Warp w, Op o) where T : unmanaged where TUpdate : struct, IUpdate<T>
    {
        Memory.Addresses(w, o);
        uint ok = Memory.Resolve(w, o, sizeof(T), AccessKind.Atomic);
        for (uint lanes = ok; lanes != 0; lanes &= lanes - 1)
        {
            int i = BitOperations.TrailingZeroCount(lanes);
            T* p = (T*)w.Ptr[i];
            T old = *p;
            *p = TUpdate.Apply(old, Lanes.At<T>(w.R + o.B, i), Lanes.At<T>(w.R + o.C, i));
            if (o.D >= 0) Lanes.Put(w.R + o.D, i, old);
        }
    }
}
