using System.Numerics;
using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary><c>ldmatrix</c>, <c>stmatrix</c> and <c>movmatrix</c>: 8x8 tiles of 16-bit elements between shared memory and fragments (PTX ISA 7.8, section 9.7.13.4.10-12).</summary>
internal static unsafe class Matrix
{
    private const int Transposed = 1;

    public static void TranslateLoad(Translator t) => Translate(t, isLoad: true);

    public static void TranslateStore(Translator t) => Translate(t, isLoad: false);

    private static void Translate(Translator t, bool isLoad)
    {
        if (!t.Accept("sync") || !t.Accept("aligned") || !t.Accept("m8n8")) throw t.Fail(".sync.aligned.m8n8 is missing");
        int count = t.AcceptAny("x1", "x2", "x4") switch { "x1" => 1, "x2" => 2, "x4" => 4, _ => throw t.Fail("one of .x1, .x2, .x4 is missing") };
        bool isTransposed = t.Accept("trans");
        var space = t.Space();
        t.Type(PtxType.B16);
        t.Count(2);
        var fragment = t.Operand(isLoad ? 0 : 1);
        var items = fragment.Kind == OperandKind.Vector ? fragment.Items : [fragment];
        if (items.Length != count) throw t.Fail($"the fragment has {items.Length} registers, expected {count}");
        var op = t.Emit(isLoad ? &Load : &Store);
        t.Address(op, isLoad ? 1 : 0, space);
        op.Rows = [.. items.Select(i => isLoad ? t.Dst(i, PtxType.B32) : t.Src(i, PtxType.B32))];
        op.Option = isTransposed ? Transposed : 0;
    }

    // Lanes 8m..8m+7 hold the row addresses of matrix m; lane l gets (or gives) elements 2(l%4), 2(l%4)+1 of row l/4.
    private static uint Rows(Warp w, Op o, AccessKind kind)
    {
        if (!w.Converge(o, w.Live)) return 0;
        uint all = w.Mask;
        uint used = o.Rows.Length == 4 ? uint.MaxValue : (1u << (8 * o.Rows.Length)) - 1;
        w.SetMask(all & used);
        uint ok = 0;
        if (w.Mask != 0)
        {
            Memory.Addresses(w, o);
            ok = Memory.Resolve(w, o, 16, kind);
        }
        w.SetMask(all);
        return ok;
    }

    private static void Load(Warp w, Op o)
    {
        uint ok = Rows(w, o, AccessKind.Load);
        if (w.IsWaiting) return;
        bool isTransposed = (o.Option & Transposed) != 0;
        for (int m = 0; m < o.Rows.Length; m++)
        {
            for (int lane = 0; lane < 32; lane++)
            {
                int row = lane / 4, column = 2 * (lane % 4);
                uint low = isTransposed ? Element(w, ok, m, column, row) : Element(w, ok, m, row, column);
                uint high = isTransposed ? Element(w, ok, m, column + 1, row) : Element(w, ok, m, row, column + 1);
                if (((w.Mask >> lane) & 1) != 0) w.Write32(o.Rows[m], lane, low | (high << 16));
            }
        }
    }

    private static uint Element(Warp w, uint ok, int matrix, int row, int column)
    {
        int lane = (8 * matrix) + row;
        return ((ok >> lane) & 1) != 0 ? ((ushort*)w.Ptr[lane])[column] : 0u;
    }

    private static void Store(Warp w, Op o)
    {
        uint ok = Rows(w, o, AccessKind.Store);
        if (w.IsWaiting) return;
        bool isTransposed = (o.Option & Transposed) != 0;
        for (int m = 0; m < o.Rows.Length; m++)
        {
            for (int lane = 0; lane < 32; lane++)
            {
                uint value = w.Read32(o.Rows[m], lane);
                for (int k = 0; k < 2; k++)
                {
                    int row = isTransposed ? (2 * (lane % 4)) + k : lane / 4, column = isTransposed ? lane / 4 : (2 * (lane % 4)) + k;
                    int to = (8 * m) + row;
                    if (((ok >> to) & 1) != 0) ((ushort*)w.Ptr[to])[column] = (ushort)(value >> (16 * k));
                }
            }
        }
    }

    /// <summary><c>movmatrix.sync.aligned.m8n8.trans.b16</c>: a transposition within the warp.</summary>
    public static void TranslateMove(Translator t)
    {
        if (!t.Accept("sync") || !t.Accept("aligned") || !t.Accept("m8n8") || !t.Accept("trans")) throw t.Fail(".sync.aligned.m8n8.trans is missing");
        t.Type(PtxType.B16);
        t.Count(2);
        t.Emit(&Move, t.Dst(0, PtxType.B32), t.Src(1, PtxType.B32));
    }

    private static void Move(Warp w, Op o)
    {
        if (!w.Converge(o, w.Live)) return;
        ushort* source = stackalloc ushort[64];
        for (int lane = 0; lane < 32; lane++)
        {
            uint v = w.Read32(o.A, lane);
            source[2 * lane] = (ushort)v;
            source[(2 * lane) + 1] = (ushort)(v >> 16);
        }
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int lane = BitOperations.TrailingZeroCount(lanes), row = lane / 4, column = 2 * (lane % 4);
            w.Write32(o.D, lane, source[(column * 8) + row] | ((uint)source[((column + 1) * 8) + row] << 16));
        }
    }
}
