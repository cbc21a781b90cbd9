using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Data.Weights;

/// <summary>Gathers rows of a strided view, on several threads: element (i, c) of the target [rows, columns] is source[i*rowStride + columns[c]].</summary>
/// <param name="source">The source's elements.</param>
/// <param name="columns">Where the elements of a row lie, counted from its first one.</param>
/// <param name="rowStride">From one row to the next, in elements.</param>
internal sealed class StridedGather<T>(HostBuffer source, int[] columns, long rowStride) where T : unmanaged
{
    // So that the source's cache lines of all rows stay in the first-level cache, whose sets their strides of powers of two share.
    private const int ColumnsAtOnce = 8;

    // So many columns on, a cache line is asked for: they lie too far apart for the processor to guess.
    private const int Ahead = 32;

    private const int ColumnsPerTask = 4096;

    /// <summary>Fills the target with so many rows, from <paramref name="first"/> on.</summary>
    public void Fill(byte[] target, int first, int rows)
    {
        int tasks = (columns.Length + ColumnsPerTask - 1) / ColumnsPerTask;
        if (tasks == 1) Fill(target, first, rows, 0, columns.Length);
        else Parallel.For(0, tasks, task => Fill(target, first, rows, task * ColumnsPerTask, Math.Min(columns.Length, (task + 1) * ColumnsPerTask)));
    }

    // Optimised from the first call on: the whole of a file may pass before the runtime would come round to it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void Fill(byte[] target, int first, int rows, int firstColumn, int endColumn)
    {
        var from = new ReadOnlySpan<T>(source.Pointer, (int)(source.ByteLength / sizeof(T)));
        var to = MemoryMarshal.Cast<byte, T>(target.AsSpan())[..checked(rows * columns.Length)];
        if (rowStride == 1 && sizeof(T) == sizeof(float) && rows % 4 == 0 && Sse.IsSupported)
        {
            int turned = firstColumn + (endColumn - firstColumn & ~3);
            Turn(MemoryMarshal.Cast<T, float>(from), MemoryMarshal.Cast<T, float>(to), first, rows, firstColumn, turned);
            firstColumn = turned;
        }
        for (int column = firstColumn; column < endColumn; column += ColumnsAtOnce)
        {
            var places = columns.AsSpan(column, Math.Min(ColumnsAtOnce, endColumn - column));
            for (int i = 0; i < rows; i++)
            {
                var row = to.Slice(i * columns.Length + column, places.Length);
                int at = checked((int)((first + i) * rowStride));
                for (int j = 0; j < row.Length; j++) row[j] = from[at + places[j]];
            }
        }
    }

    // Rows that are neighbours in the source: four columns of four rows at a time, turned round in registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void Turn(ReadOnlySpan<float> from, Span<float> to, int first, int rows, int firstColumn, int endColumn)
    {
        for (int column = firstColumn; column < endColumn; column += 4)
        {
            for (int j = column + Ahead; j < Math.Min(column + Ahead + 4, endColumn); j++) Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.AsRef(in from[first + columns[j]])));
            var c0 = from.Slice(first + columns[column], rows);
            var c1 = from.Slice(first + columns[column + 1], rows);
            var c2 = from.Slice(first + columns[column + 2], rows);
            var c3 = from.Slice(first + columns[column + 3], rows);
            for (int i = 0; i < rows; i += 4)
            {
                var (a, b, c, d) = (Vector128.Create(c0[i..]), Vector128.Create(c1[i..]), Vector128.Create(c2[i..]), Vector128.Create(c3[i..]));
                var (ab, cd, abHigh, cdHigh) = (Sse.UnpackLow(a, b), Sse.UnpackLow(c, d), Sse.UnpackHigh(a, b), Sse.UnpackHigh(c, d));
                int at = i * columns.Length + column;
                Sse.MoveLowToHigh(ab, cd).CopyTo(to[at..]);
                Sse.MoveHighToLow(cd, ab).CopyTo(to[(at + columns.Length)..]);
                Sse.MoveLowToHigh(abHigh, cdHigh).CopyTo(to[(at + 2 * columns.Length)..]);
                Sse.MoveHighToLow(cdHigh, abHigh).CopyTo(to[(at + 3 * columns.Length)..]);
            }
        }
    }
}
