using System.Numerics;
using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary><c>popc clz bfind brev bfe bfi fns prmt bmsk szext</c> (PTX ISA 7.8, sections 9.7.1.12-18, 9.7.8.7).</summary>
internal static unsafe class BitFields
{
    private struct Popc<T> : ILane1<T, uint> where T : unmanaged, IBinaryInteger<T>
    {
        public static uint Apply(T a) => uint.CreateTruncating(T.PopCount(a));
    }

    private struct Clz<T> : ILane1<T, uint> where T : unmanaged, IBinaryInteger<T>
    {
        public static uint Apply(T a) => uint.CreateTruncating(T.LeadingZeroCount(a));
    }

    private struct Bfind<T> : ILane1<T, uint> where T : unmanaged, IBinaryInteger<T>
    {
        // Signed types look for the highest bit that differs from the sign.
        public static uint Apply(T a) => (uint)(sizeof(T) * 8) - 1 - uint.CreateTruncating(T.LeadingZeroCount(T.IsNegative(a) ? ~a : a));
    }

    private struct BfindShift<T> : ILane1<T, uint> where T : unmanaged, IBinaryInteger<T>
    {
        public static uint Apply(T a)
        {
            uint bit = Bfind<T>.Apply(a);
            return bit == uint.MaxValue ? bit : (uint)(sizeof(T) * 8) - 1 - bit;
        }
    }

    private struct Brev32 : ILane1<uint, uint>
    {
        public static uint Apply(uint a) => (uint)(Brev64.Apply(a) >> 32);
    }

    private struct Brev64 : ILane1<ulong, ulong>
    {
        public static ulong Apply(ulong a)
        {
            a = ((a >> 1) & 0x5555555555555555) | ((a & 0x5555555555555555) << 1);
            a = ((a >> 2) & 0x3333333333333333) | ((a & 0x3333333333333333) << 2);
            a = ((a >> 4) & 0x0F0F0F0F0F0F0F0F) | ((a & 0x0F0F0F0F0F0F0F0F) << 4);
            return System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(a);
        }
    }

    // Section 9.7.1.17: position and length are bytes; bits beyond the value repeat the sign (signed) or are zero.
    private struct Bfe<T> : ILane3<T, uint, uint, T> where T : unmanaged, IBinaryInteger<T>
    {
        public static T Apply(T a, uint b, uint c)
        {
            int position = (int)(b & 255), length = (int)(c & 255), width = sizeof(T) * 8;
            if (length == 0) return T.Zero;
            if (position >= width) return T.IsNegative(a) ? ~T.Zero : T.Zero;
            int top = Math.Min(position + length, width);
            return (a << (width - top)) >> (width - top + position);
        }
    }

    private struct Prmt : ILane3<uint, uint, uint, uint>
    {
        public static uint Apply(uint a, uint b, uint c)
        {
            ulong bytes = ((ulong)b << 32) | a;
            uint result = 0;
            for (int i = 0; i < 4; i++)
            {
                uint select = (c >> (4 * i)) & 15;
                uint value = (uint)(bytes >> (int)(8 * (select & 7))) & 255;
                if ((select & 8) != 0) value = (value & 128) != 0 ? 255u : 0;
                result |= value << (8 * i);
            }
            return result;
        }
    }

    public static void TranslateCount(Translator t)
    {
        string opcode = t.Instruction.Opcode;
        var type = t.Type(PtxType.B32, PtxType.B64);
        t.Count(2);
        bool isWide = type.Size() == 8;
        t.Emit(opcode == "popc" ? isWide ? &Lanes.Map1<ulong, uint, Popc<ulong>> : &Lanes.Map1<uint, uint, Popc<uint>>
            : isWide ? &Lanes.Map1<ulong, uint, Clz<ulong>> : &Lanes.Map1<uint, uint, Clz<uint>>, t.Dst(0, PtxType.U32), t.Src(1, type));
    }

    public static void TranslateFind(Translator t)
    {
        bool shift = t.Accept("shiftamt");
        var type = t.Type();
        t.Count(2);
        t.Emit(type switch
        {
            PtxType.U32 => shift ? &Lanes.Map1<uint, uint, BfindShift<uint>> : &Lanes.Map1<uint, uint, Bfind<uint>>,
            PtxType.S32 => shift ? &Lanes.Map1<int, uint, BfindShift<int>> : &Lanes.Map1<int, uint, Bfind<int>>,
            PtxType.U64 => shift ? &Lanes.Map1<ulong, uint, BfindShift<ulong>> : &Lanes.Map1<ulong, uint, Bfind<ulong>>,
            PtxType.S64 => shift ? &Lanes.Map1<long, uint, BfindShift<long>> : &Lanes.Map1<long, uint, Bfind<long>>,
            _ => (Run)null,
        }, t.Dst(0, PtxType.U32), t.Src(1, type));
    }

    public static void TranslateReverse(Translator t)
    {
        var type = t.Type(PtxType.B32, PtxType.B64);
        IntegerArithmetic.Unary(t, type, type.Size() == 8 ? &Lanes.Same1<ulong, Brev64> : &Lanes.Same1<uint, Brev32>);
    }

    public static void TranslateExtract(Translator t)
    {
        var type = t.Type();
        t.Count(4);
        t.Emit(type switch
        {
            PtxType.U32 => &Lanes.Map3<uint, uint, uint, uint, Bfe<uint>>,
            PtxType.S32 => &Lanes.Map3<int, uint, uint, int, Bfe<int>>,
            PtxType.U64 => &Lanes.Map3<ulong, uint, uint, ulong, Bfe<ulong>>,
            PtxType.S64 => &Lanes.Map3<long, uint, uint, long, Bfe<long>>,
            _ => (Run)null,
        }, t.Dst(0, type), t.Src(1, type), t.Src(2, PtxType.U32), t.Src(3, PtxType.U32));
    }

    /// <summary><c>bfi d, a, b, position, length</c>: b with a field of it replaced by the low bits of a.</summary>
    public static void TranslateInsert(Translator t)
    {
        var type = t.Type(PtxType.B32, PtxType.B64);
        t.Count(5);
        var op = t.Emit(type.Size() == 8 ? &Insert<ulong> : &Insert<uint>, t.Dst(0, type), t.Src(1, type), t.Src(2, type), t.Src(3, PtxType.U32));
        op.E = t.Src(4, PtxType.U32);
    }

    private static void Insert<T>(Warp w, Op o) where T : unmanaged, IBinaryInteger<T>
    {
        int width = sizeof(T) * 8;
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int lane = BitOperations.TrailingZeroCount(lanes);
            int position = (int)(w.Read32(o.C, lane) & 255), length = (int)(w.Read32(o.E, lane) & 255);
            T a = Lanes.At<T>(w.R + o.A, lane), b = Lanes.At<T>(w.R + o.B, lane);
            if (length > 0 && position < width)
            {
                T field = (length >= width ? T.AllBitsSet : (T.One << length) - T.One) << position;
                b = (b & ~field) | ((a << position) & field);
            }
            Lanes.Put(w.R + o.D, lane, b);
        }
    }

    /// <summary><c>prmt.b32</c> without mode: any byte of b:a, or its sign, to each byte of the result.</summary>
    public static void TranslatePermute(Translator t)
    {
        var type = t.Type(PtxType.B32);
        IntegerArithmetic.Ternary(t, type, &Lanes.Same3<uint, Prmt>);
    }

    private struct Fns : ILane3<uint, uint, int, uint>
    {
        public static uint Apply(uint mask, uint start, int offset)
        {
            if (offset == 0) return start < 32 && ((mask >> (int)start) & 1) != 0 ? start : uint.MaxValue;
            int step = Math.Sign(offset), left = Math.Abs(offset);
            for (long bit = start; bit is >= 0 and < 32; bit += step)
            {
                if (((mask >> (int)bit) & 1) != 0 && --left == 0) return (uint)bit;
            }
            return uint.MaxValue;
        }
    }

    /// <summary><c>fns.b32 d, mask, start, n</c>: the n-th set bit from a start.</summary>
    public static void TranslateFindNth(Translator t)
    {
        t.Type(PtxType.B32);
        t.Count(4);
        t.Emit(&Lanes.Map3<uint, uint, int, uint, Fns>, t.Dst(0, PtxType.B32), t.Src(1, PtxType.B32), t.Src(2, PtxType.B32), t.Src(3, PtxType.S32));
    }
}
