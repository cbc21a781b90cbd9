using System.Runtime.InteropServices;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Data.Weights;

/// <summary>
/// The numbers of a file's tensors as floats, in the row-major order of any view of them. A dense view streams through small buffers. Another one is brought
/// into memory in blocks (<see cref="StridedBlocks"/>) and handed out a few outermost rows at a time: sixteen, since where the source counts outputs
/// fastest (Keras, TensorFlow), sixteen neighbours are one cache line. The buffers stay from tensor to tensor: memory that is touched for the first time costs the
/// system more than all the rest.
/// </summary>
/// <param name="file">What messages call the file.</param>
/// <param name="budget">Bytes of a tensor in memory at a time, where its view can be taken apart.</param>
internal sealed class TensorReader(string file, long budget = StridedBlocks.Budget) : IDisposable
{
    private const int PieceElements = 1 << 18, RowsAtOnce = 16;

    private byte[] _filled = [], _filling = [];
    private float[] _floats = [];
    private HostBuffer? _source;

    /// <summary>Reads a tensor; <paramref name="sink"/> gets the numbers piece by piece, while the next piece is read.</summary>
    /// <param name="tensor">Whose storage.</param>
    /// <param name="view">Which elements, in which order.</param>
    /// <param name="sink">Takes one piece; the span is reused.</param>
    /// <exception cref="PixelNetException">The type is not read, or the file ends early.</exception>
    public void Read(WeightTensor tensor, StridedView view, Action<ReadOnlySpan<float>> sink)
    {
        int size = tensor.Code.Bytes();
        if (size == 0)
            throw new PixelNetException($"{file} holds tensor '{WeightFile.Shorten(tensor.Name)}' as {tensor.TypeName}, which is not read; save it in one piece as float32, float16 or bfloat16");
        if (view.Count == 0) return;
        try
        {
            using var stream = tensor.OpenStorage();
            Skip(stream, view.Offset * size);
            if (view.IsDense) PassOn(tensor, view.Count, PieceElements, (target, _, count) => stream.ReadExactly(target, 0, count * size), sink);
            else
            {
                long bytes = (view.End - view.Offset) * size;
                if (bytes > Array.MaxLength) throw new PixelNetException($"{file} holds tensor '{WeightFile.Shorten(tensor.Name)}' spread over {bytes:N0} bytes, more than can be read at once");
                var blocks = new StridedBlocks(stream, view, Columns(view), size, budget);
                if (_source is null || _source.ByteLength < blocks.Bytes)
                {
                    _source?.Dispose();
                    _source = new HostBuffer(blocks.Bytes, zeroed: false);
                }
                for (long first = 0; first < view.Shape[0]; first += blocks.RowsAtOnce)
                {
                    int rows = (int)Math.Min(blocks.RowsAtOnce, view.Shape[0] - first);
                    blocks.Load(_source, first, rows);
                    if (size == 4) Gather<uint>(blocks, _source, rows, tensor, sink);
                    else if (size == 2) Gather<ushort>(blocks, _source, rows, tensor, sink);
                    else Gather<ulong>(blocks, _source, rows, tensor, sink);
                }
            }
        }
        catch (Exception e) when (e is EndOfStreamException or InvalidDataException or IOException)
        {
            throw new PixelNetException($"{file} ends or is damaged within tensor '{WeightFile.Shorten(tensor.Name)}' ({e.Message}); fetch the file again", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _source?.Dispose();
        _source = null;
    }

    private void Gather<T>(StridedBlocks blocks, HostBuffer source, int rows, WeightTensor tensor, Action<ReadOnlySpan<float>> sink) where T : unmanaged
    {
        int row = blocks.Places.Length, block = Math.Min(rows, Math.Max(RowsAtOnce, PieceElements / row / RowsAtOnce * RowsAtOnce));
        var gather = new StridedGather<T>(source, blocks.Places, blocks.RowStride);
        PassOn(tensor, (long)rows * row, checked(block * row), (target, start, count) => gather.Fill(target, (int)(start / row), count / row), sink);
    }

    /// <summary>Has pieces filled with the source's bytes and gives them to the sink as floats, one while the next is being filled.</summary>
    private void PassOn(WeightTensor tensor, long count, int most, Action<byte[], long, int> fill, Action<ReadOnlySpan<float>> sink)
    {
        int size = tensor.Code.Bytes(), piece = (int)Math.Min(count, most);
        bool same = tensor.Code == ElementCode.F32 && tensor.BigEndian != BitConverter.IsLittleEndian;
        Grow(ref _filled, checked(piece * size));
        if (count > piece) Grow(ref _filling, piece * size);
        if (!same) Grow(ref _floats, piece);
        fill(_filled, 0, piece);
        for (long done = 0; done < count; done += piece)
        {
            long next = done + piece;
            int n = (int)Math.Min(piece, count - done), following = (int)Math.Min(piece, count - next);
            byte[] target = _filling;
            var work = following > 0 ? Task.Run(() => fill(target, next, following)) : Task.CompletedTask;
            try
            {
                var raw = _filled.AsSpan(0, n * size);
                if (!same) ElementCodes.ToFloats(tensor, raw, _floats.AsSpan(0, n));
                sink(same ? MemoryMarshal.Cast<byte, float>(raw) : _floats.AsSpan(0, n));
            }
            finally
            {
                // Whatever happens, the source is not given back while it is read.
                Task.WaitAny(work);
            }
            work.GetAwaiter().GetResult();
            (_filled, _filling) = (_filling, _filled);
        }
    }

    private static void Grow<T>(ref T[] buffer, int length)
    {
        if (buffer.Length < length) buffer = GC.AllocateUninitializedArray<T>(length);
    }

    /// <summary>Where the elements of a row lie, counted from its first one; the bytes fit an array, so the places fit an int.</summary>
    private static int[] Columns(StridedView view)
    {
        long[] extents = view.Shape[1..], strides = view.Strides[1..];
        var columns = new int[checked((int)StridedView.CountOf(extents))];
        var index = new long[extents.Length];
        long at = 0;
        for (int column = 0; column < columns.Length; column++)
        {
            columns[column] = (int)at;
            for (int axis = extents.Length - 1; axis >= 0; axis--)
            {
                at += strides[axis];
                if (++index[axis] < extents[axis]) break;
                at -= strides[axis] * extents[axis];
                index[axis] = 0;
            }
        }
        return columns;
    }

    private static void Skip(Stream stream, long bytes)
    {
        if (bytes == 0) return;
        if (stream.CanSeek)
        {
            stream.Position = bytes;
            return;
        }
        var buffer = new byte[(int)Math.Min(bytes, 1 << 16)];
        for (long left = bytes; left > 0; left -= buffer.Length) stream.ReadExactly(buffer, 0, (int)Math.Min(buffer.Length, left));
    }
}
