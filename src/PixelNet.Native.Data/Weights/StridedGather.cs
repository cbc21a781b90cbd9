using System.Runtime.CompilerServices;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Data.Weights;

/// <summary>Gathers rows of a strided view, on several threads: element (i, c) of the target [rows, columns] is source[i*rowStride + columns[c]].</summary>
/// <param name="raw">The source's bytes, on huge pages: no two elements of a column lie on one small page.</param>
/// <param name="columns">Where the elements of a row lie, counted from its first one.</param>
/// <param name="rowStride">From one row to the next, in elements.</param>
internal sealed class StridedGather<T>(HostBuffer raw, int[] columns, long rowStride) where T : unmanaged
{
    // So that the source's cache lines of all rows stay in the first-level cache, whose sets their strides of powers of two share.
    private const int ColumnsAtOnce = 8;

    private const int ColumnsPerTask = 4096;

    /// <summary>Fills the target with so many rows, from <paramref name="first"/> on.</summary>
    public void Fill(T[] target, long first, int rows)
    {
        int tasks = (columns.Length + ColumnsPerTask - 1) / ColumnsPerTask;
        if (tasks == 1) Fill(target, first, rows, 0, columns.Length);
        else Parallel.For(0, tasks, task => Fill(target, first, rows, task * ColumnsPerTask, Math.Min(columns.Length, (task + 1) * ColumnsPerTask)));
    }

    // Optimised from the first call on: the whole of a file may pass before the runtime would come round to it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void Fill(T[] target, long first, int rows, int firstColumn, int endColumn)
    {
        var source = new ReadOnlySpan<T>(raw.Pointer, (int)(raw.ByteLength / sizeof(T)));
        for (int column = firstColumn; column < endColumn; column += ColumnsAtOnce)
        {
            var places = columns.AsSpan(column, Math.Min(ColumnsAtOnce, endColumn - column));
            for (int i = 0; i < rows; i++)
            {
                var to = target.AsSpan(i * columns.Length + column, places.Length);
                int from = checked((int)((first + i) * rowStride));
                for (int j = 0; j < to.Length; j++) to[j] = source[from + places[j]];
            }
        }
    }
}
