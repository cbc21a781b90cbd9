using System.Numerics;
using System.Runtime.CompilerServices;

namespace PixelNet.Native.Backends.Cpu;

/// <summary>Sums of the columns of a matrix, four registers of columns at a time down all rows.</summary>
internal static unsafe class ColumnSums
{
    /// <summary>sums[j] = sum over rows of matrix [rows, stride] at column j, j below <paramref name="columns"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Of(float* sums, float* matrix, long rows, int stride, int columns)
    {
        int v = Vector<float>.Count, j = 0;
        for (; j <= columns - 4 * v; j += 4 * v)
        {
            var (a, b, c, d) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
            float* p = matrix + j;
            for (long row = 0; row < rows; row++, p += stride)
            {
                a += Vector.Load(p);
                b += Vector.Load(p + v);
                c += Vector.Load(p + 2 * v);
                d += Vector.Load(p + 3 * v);
            }
            a.Store(sums + j);
            b.Store(sums + j + v);
            c.Store(sums + j + 2 * v);
            d.Store(sums + j + 3 * v);
        }
        for (; j <= columns - v; j += v)
        {
            var a = Vector<float>.Zero;
            float* p = matrix + j;
            for (long row = 0; row < rows; row++, p += stride) a += Vector.Load(p);
            a.Store(sums + j);
        }
        for (; j < columns; j++)
        {
            float a = 0;
            float* p = matrix + j;
            for (long row = 0; row < rows; row++, p += stride) a += *p;
            sums[j] = a;
        }
    }
}
