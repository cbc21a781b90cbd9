using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary>
/// <c>mma.sync.aligned.m16n8k{4,8,16,32}.row.col</c>: D[16,8] = A[16,K] B[K,8] + C[16,8] on tf32, bf16, f16 (f32 or f16 accumulators), s8/u8 (s32), and
/// m8n8k4 on f64 (PTX ISA 7.8, section 9.7.13.4). Products are exact and summed in double with one rounding at the end; hardware truncates while it aligns,
/// so its last bits differ from GPU to GPU. Where an element lies in a fragment is in <c>MatrixMultiply.Layout.cs</c>.
/// </summary>
internal static unsafe partial class MatrixMultiply
{
    private sealed record Form(int M, int N, int K, PtxType D, PtxType A, PtxType B, PtxType C);

    public static void Translate(Translator t)
    {
        if (!t.Accept("sync") || !t.Accept("aligned")) throw t.Fail(".sync.aligned is missing");
        string shape = t.AcceptAny("m16n8k4", "m16n8k8", "m16n8k16", "m16n8k32", "m8n8k4") ?? throw t.Fail("this shape is not supported");
        if (!t.Accept("row") || !t.Accept("col")) throw t.Fail("only .row.col is supported");
        bool isSaturating = t.Accept("satfinite");
        PtxType d = t.Type(), a = t.Type(), b = t.Type(), c = t.Type();
        int m = shape.StartsWith("m8", StringComparison.Ordinal) ? 8 : 16, k = int.Parse(shape[(shape.IndexOf('k', StringComparison.Ordinal) + 1)..], System.Globalization.CultureInfo.InvariantCulture);
        var form = new Form(m, 8, k, d, a, b, c);
        bool isKnown = (a, k, m) switch
        {
            (PtxType.TF32, 4 or 8, 16) => b == a && c == PtxType.F32 && d == PtxType.F32,
            (PtxType.BF16, 8 or 16, 16) => b == a && c == PtxType.F32 && d == PtxType.F32,
            (PtxType.F16, 8 or 16, 16) => b == a && c is PtxType.F32 or PtxType.F16 && d is PtxType.F32 or PtxType.F16,
            (PtxType.S8 or PtxType.U8, 16 or 32, 16) => b is PtxType.S8 or PtxType.U8 && c == PtxType.S32 && d == PtxType.S32,
            (PtxType.F64, 4, 8) => b == a && c == a && d == a,
            _ => false,
        };
        if (!isKnown || (isSaturating && d != PtxType.S32)) throw t.Fail("this combination of shape and types is not supported");
        t.Count(4);
        var op = t.Emit(d == PtxType.S32 ? &Integers : &Floats);
        op.Rows = [.. Fragment(t, 0, form.D, m * 8, isDestination: true)];
        op.Rows2 = [.. Fragment(t, 1, a, m * k, false), .. Fragment(t, 2, b, k * 8, false), .. Fragment(t, 3, c, m * 8, false)];
        op.Form = form;
        op.Option = isSaturating ? 1 : 0;
    }

    private static int Registers(PtxType type, int elements) => type == PtxType.F64 ? elements / 32 : elements * type.Size() / 128;

    private static IEnumerable<int> Fragment(Translator t, int index, PtxType type, int elements, bool isDestination)
    {
        var operand = t.Operand(index);
        var items = operand.Kind == OperandKind.Vector ? operand.Items : [operand];
        int count = Registers(type, elements);
        if (items.Length != count) throw t.Fail($"operand {index + 1} has {items.Length} registers, expected {count}");
        var width = type == PtxType.F64 ? PtxType.B64 : PtxType.B32;
        foreach (var item in items)
        {
            var literalType = item.Kind is OperandKind.Register or OperandKind.Sink ? width : type.Size() >= 4 && type != PtxType.TF32 ? type : width;
            yield return isDestination ? t.Dst(item, width) : t.Src(item, literalType);
        }
    }

    private static void Floats(Warp w, Op o)
    {
        if (!w.Converge(o, w.Live)) return;
        var form = (Form)o.Form!;
        int m = form.M, k = form.K;
        double* a = stackalloc double[16 * 16];
        double* b = stackalloc double[16 * 8];
        double* c = stackalloc double[16 * 8];
        int at = 0;
        Gather(w, o.Rows2, ref at, form.A, m, k, a, Part.A);
        Gather(w, o.Rows2, ref at, form.B, k, 8, b, Part.B);
        Gather(w, o.Rows2, ref at, form.C, m, 8, c, Part.C);
        // c += a b, the row of b in one vector.
        for (int i = 0; i < m; i++)
        {
            var sum = System.Runtime.Intrinsics.Vector512<double>.Zero;
            for (int l = 0; l < k; l++)
                sum += System.Runtime.Intrinsics.Vector512.Create(a[(i * k) + l]) * System.Runtime.Intrinsics.Vector512.Load(b + (l * 8));
            System.Runtime.Intrinsics.Vector512.Store(sum + System.Runtime.Intrinsics.Vector512.Load(c + (i * 8)), c + (i * 8));
        }
        Scatter(w, o.Rows, form.D, m, c);
    }

    private static void Integers(Warp w, Op o)
    {
        if (!w.Converge(o, w.Live)) return;
        var form = (Form)o.Form!;
        int k = form.K;
        double* a = stackalloc double[16 * 32];
        double* b = stackalloc double[32 * 8];
        double* c = stackalloc double[16 * 8];
        int at = 0;
        Gather(w, o.Rows2, ref at, form.A, 16, k, a, Part.A);
        Gather(w, o.Rows2, ref at, form.B, k, 8, b, Part.B);
        Gather(w, o.Rows2, ref at, form.C, 16, 8, c, Part.C);
        for (int i = 0; i < 16; i++)
        {
            for (int j = 0; j < 8; j++)
            {
                double sum = c[(i * 8) + j];
                for (int l = 0; l < k; l++) sum += a[(i * k) + l] * b[(l * 8) + j];
                if (o.Option != 0) sum = Math.Clamp(sum, int.MinValue, int.MaxValue);
                c[(i * 8) + j] = sum;
            }
        }
        Scatter(w, o.Rows, PtxType.S32, 16, c);
    }
}
