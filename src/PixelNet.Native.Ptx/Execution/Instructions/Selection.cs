using System.Numerics;
using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary><c>selp</c> and <c>slct</c> (PTX ISA 7.8, section 9.7.5.3-4).</summary>
internal static unsafe class Selection
{
    public static void TranslateSelp(Translator t)
    {
        var type = t.Type();
        t.Count(4);
        t.Emit(type.Size() == 8 ? &Select<ulong> : &Select<uint>, t.Dst(0, type), t.Src(1, type), t.Src(2, type), t.Pred(t.Operand(3)));
    }

    private static void Select<T>(Warp w, Op o) where T : unmanaged
    {
        uint p = w.Predicate(o.C);
        T* a = (T*)(w.R + o.A), b = (T*)(w.R + o.B), d = (T*)(w.R + o.D);
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int i = BitOperations.TrailingZeroCount(lanes);
            d[i] = ((p >> i) & 1) != 0 ? a[i] : b[i];
        }
    }

    /// <summary><c>slct d, a, b, c</c>: a where c is not negative, else b.</summary>
    public static void TranslateSlct(Translator t)
    {
        bool ftz = t.Accept("ftz");
        var type = t.Type();
        var condition = t.Type(PtxType.S32, PtxType.F32);
        t.Count(4);
        var op = t.Emit(type.Size() == 8 ? &BySign<ulong> : &BySign<uint>, t.Dst(0, type), t.Src(1, type), t.Src(2, type), t.Src(3, condition));
        op.Option = condition == PtxType.F32 ? ftz ? 2 : 1 : 0;
    }

    private static void BySign<T>(Warp w, Op o) where T : unmanaged
    {
        T* a = (T*)(w.R + o.A), b = (T*)(w.R + o.B), d = (T*)(w.R + o.D);
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int i = BitOperations.TrailingZeroCount(lanes);
            float f = Lanes.At<float>(w.R + o.C, i);
            bool first = o.Option switch
            {
                0 => Lanes.At<int>(w.R + o.C, i) >= 0,
                1 => f >= 0,
                _ => Formats.Flush(f) >= 0,
            };
            d[i] = first ? a[i] : b[i];
        }
    }
}
