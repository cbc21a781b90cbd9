using System.Buffers;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Data.Weights;

/// <summary>
/// Brings rows of a strided view (all axes but the outermost) into memory, as many at a time as fit a budget, in the way that suits the view: its whole span where that
/// is small; the rows' own span where one row lies behind the other; and where rows are neighbours (Keras and TensorFlow count outputs fastest), a run of
/// them from each column, for which the file is read in order once a block. Anything else, and what can only be read forwards, is brought whole.
/// </summary>
internal sealed class StridedBlocks
{
    /// <summary>Bytes in memory, where the view can be taken apart: fc6 of VGG16 (392 MiB) in four blocks.</summary>
    public const int Budget = 112 << 20;

    private const int ReadAtOnce = 1 << 20, LeastRun = 128;

    private readonly Stream _storage;
    private readonly StridedView _view;
    private readonly int[] _columns;
    private readonly int[]? _order;
    private readonly int _size;

    /// <param name="storage">The storage's bytes; at the view's first one if they can only be read forwards.</param>
    /// <param name="view">Which elements of it; its span fits an array.</param>
    /// <param name="columns">Where the elements of a row lie, counted from its first one.</param>
    /// <param name="size">Bytes of an element.</param>
    /// <param name="budget">Bytes in memory.</param>
    public StridedBlocks(Stream storage, StridedView view, int[] columns, int size, long budget)
    {
        (_storage, _view, _columns, _size) = (storage, view, columns, size);
        (RowsAtOnce, Places, RowStride) = (view.Shape[0], columns, view.Strides[0]);
        long run = budget / size / columns.Length;
        if (storage is SliceStream && (view.End - view.Offset) * size > budget)
        {
            if (RowStride > columns.Max()) RowsAtOnce = Even(RowsAtOnce, Math.Max(1, budget / size / RowStride));
            else if (RowStride == 1 && run >= LeastRun)
            {
                RowsAtOnce = Even(RowsAtOnce, run);
                Places = [.. Enumerable.Range(0, columns.Length).Select(column => checked((int)(column * RowsAtOnce)))];
                _order = [.. Enumerable.Range(0, columns.Length)];
                Array.Sort((int[])columns.Clone(), _order);
            }
        }
        Bytes = (_order is null ? Span(0, RowsAtOnce) : RowsAtOnce * columns.Length) * size;
    }

    /// <summary>Rows of a block; the last one may have fewer.</summary>
    public long RowsAtOnce { get; }

    /// <summary>Bytes of a block in memory.</summary>
    public long Bytes { get; }

    /// <summary>Where in memory the elements of a row lie, counted from its first one.</summary>
    public int[] Places { get; }

    /// <summary>From one row to the next in memory, in elements.</summary>
    public long RowStride { get; }

    /// <summary>Reads the rows from <paramref name="first"/> on to the target's beginning, on several threads where the storage allows it.</summary>
    /// <exception cref="EndOfStreamException">The file ends early.</exception>
    public void Load(HostBuffer target, long first, int rows)
    {
        long start = (_view.Offset + first * _view.Strides[0]) * _size, bytes = Span(first, rows) * _size;
        if (_order is not null) LoadRuns((SliceStream)_storage, target, start, rows * _size);
        else if (_storage is SliceStream slice)
            InParallel((int)((bytes + ReadAtOnce - 1) / ReadAtOnce), part => slice.ReadExactlyAt(Part(target, (long)part * ReadAtOnce, Math.Min(ReadAtOnce, bytes - (long)part * ReadAtOnce)), start + (long)part * ReadAtOnce));
        else _storage.ReadExactly(Part(target, 0, bytes));
    }

    private void LoadRuns(SliceStream slice, HostBuffer target, long start, int runBytes)
    {
        // Columns that lie near each other come in one read.
        var groups = new List<(int First, int Count, int Bytes)>();
        for (int at = 0, next; at < _order!.Length; at = next)
        {
            long BytesTo(int index) => (long)(_columns[_order[index]] - _columns[_order[at]]) * _size + runBytes;
            for (next = at + 1; next < _order.Length && BytesTo(next) <= ReadAtOnce; next++) { }
            groups.Add((at, next - at, (int)BytesTo(next - 1)));
        }
        InParallel(groups.Count, index =>
        {
            var (first, count, bytes) = groups[index];
            long from = start + (long)_columns[_order[first]] * _size;
            if (count == 1)
            {
                slice.ReadExactlyAt(Part(target, (long)Places[_order[first]] * _size, runBytes), from);
                return;
            }
            byte[] read = ArrayPool<byte>.Shared.Rent(bytes);
            slice.ReadExactlyAt(read.AsSpan(0, bytes), from);
            for (int i = first; i < first + count; i++)
                read.AsSpan((_columns[_order[i]] - _columns[_order[first]]) * _size, runBytes).CopyTo(Part(target, (long)Places[_order[i]] * _size, runBytes));
            ArrayPool<byte>.Shared.Return(read);
        });
    }

    private static void InParallel(int parts, Action<int> read)
    {
        try
        {
            if (parts == 1) read(0);
            else Parallel.For(0, parts, read);
        }
        catch (AggregateException failure)
        {
            throw failure.InnerExceptions[0];
        }
    }

    // Elements from a row's first to the last one of the rows.
    private long Span(long first, long rows) => Math.Min((rows - 1) * _view.Strides[0] + 1 + _columns.Max(), _view.End - _view.Offset - first * _view.Strides[0]);

    private static unsafe Span<byte> Part(HostBuffer target, long start, long count) =>
        start + count <= target.ByteLength ? new(target.Pointer + start, checked((int)count)) : throw new ArgumentOutOfRangeException(nameof(count));

    // As few blocks as the limit allows, all of about one size, of whole cache lines.
    private static long Even(long rows, long most)
    {
        long blocks = (rows + most - 1) / most, even = (rows + blocks - 1) / blocks;
        return Math.Min(rows, even + 15 & ~15);
    }
}
