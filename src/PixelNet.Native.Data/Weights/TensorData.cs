using System.Buffers.Binary;
using System.Runtime.InteropServices;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Data.Weights;

/// <summary>
/// The numbers of a tensor as floats, in the row-major order of any view of it. A dense view streams through one small buffer. Another one takes
/// the bytes that it spans into memory (once; the file's own size at most) and hands out a few outermost rows at a time: sixteen, since where the
/// source counts outputs fastest (Keras, TensorFlow), sixteen neighbours are one cache line.
/// </summary>
internal static class TensorData
{
    private const int PieceElements = 1 << 18;
    private const int RowsAtOnce = 16;


    /// <summary>Reads; <paramref name="sink"/> gets the numbers piece by piece.</summary>
    /// <param name="file">What messages call the file.</param>
    /// <param name="tensor">Whose storage.</param>
    /// <param name="view">Which elements, in which order.</param>
    /// <param name="sink">Takes one piece; the span is reused.</param>
    /// <exception cref="PixelNetException">The type is not read, or the file ends early.</exception>
    public static void Read(string file, WeightTensor tensor, StridedView view, Action<ReadOnlySpan<float>> sink)
    {
        int size = tensor.Code.Bytes();
        if (size == 0)
            throw new PixelNetException($"{file} holds tensor '{WeightFile.Shorten(tensor.Name)}' as {tensor.TypeName}, which is not read; save it in one piece as float32, float16 or bfloat16");
        if (view.Count == 0) return;
        try
        {
            using var stream = tensor.OpenStorage();
            Skip(stream, view.Offset * size);
            if (view.IsDense) ReadDense(stream, tensor, view.Count, sink);
            else
            {
                long bytes = (view.End - view.Offset) * size;
                if (bytes > Array.MaxLength) throw new PixelNetException($"{file} holds tensor '{WeightFile.Shorten(tensor.Name)}' spread over {bytes:N0} bytes, more than can be read at once");
                using var raw = new HostBuffer(bytes, zeroed: false);
                ReadInto(stream, raw);
                if (size == 4) Gather<uint>(raw, tensor, view, sink);
                else if (size == 2) Gather<ushort>(raw, tensor, view, sink);
                else Gather<ulong>(raw, tensor, view, sink);
            }
        }
        catch (Exception e) when (e is EndOfStreamException or InvalidDataException or IOException)
        {
            throw new PixelNetException($"{file} ends or is damaged within tensor '{WeightFile.Shorten(tensor.Name)}' ({e.Message}); fetch the file again", e);
        }
    }

    private static void ReadDense(Stream stream, WeightTensor tensor, long count, Action<ReadOnlySpan<float>> sink)
    {
        int size = tensor.Code.Bytes();
        int piece = (int)Math.Min(count, PieceElements);
        var floats = new float[piece];
        // Singles go straight to where they are wanted.
        bool same = tensor.Code == ElementCode.F32 && tensor.BigEndian != BitConverter.IsLittleEndian;
        var raw = same ? [] : new byte[piece * size];
        for (long done = 0; done < count; done += piece)
        {
            int n = (int)Math.Min(piece, count - done);
            if (same) stream.ReadExactly(MemoryMarshal.AsBytes(floats.AsSpan(0, n)));
            else
            {
                stream.ReadExactly(raw, 0, n * size);
                Convert(tensor, raw.AsSpan(0, n * size), floats.AsSpan(0, n));
            }
            sink(floats.AsSpan(0, n));
        }
    }

    private static unsafe void ReadInto(Stream stream, HostBuffer raw) => stream.ReadExactly(new Span<byte>(raw.Pointer, (int)raw.ByteLength));

    private static void Gather<T>(HostBuffer raw, WeightTensor tensor, StridedView view, Action<ReadOnlySpan<float>> sink) where T : unmanaged
    {
        // One row = all axes but the outermost; a scalar or vector is a row per element.
        long rows = view.Shape[0];
        int[] columns = Columns(view);
        int row = columns.Length, block = (int)Math.Min(rows, Math.Max(RowsAtOnce, PieceElements / row));
        var gather = new StridedGather<T>(raw, columns, view.Strides[0]);
        T[] filled = new T[checked(block * row)], filling = rows > block ? new T[filled.Length] : [];
        bool same = tensor.Code == ElementCode.F32 && tensor.BigEndian != BitConverter.IsLittleEndian;
        var floats = same ? [] : new float[filled.Length];
        gather.Fill(filled, 0, block);
        for (long first = 0; first < rows; first += block)
        {
            // The next rows are gathered while these are written.
            long next = first + block;
            int n = (int)Math.Min(block, rows - first), following = (int)Math.Min(block, rows - next);
            T[] target = filling;
            var work = following > 0 ? Task.Run(() => gather.Fill(target, next, following)) : Task.CompletedTask;
            try
            {
                var piece = filled.AsSpan(0, n * row);
                if (!same) Convert(tensor, MemoryMarshal.AsBytes(piece), floats.AsSpan(0, n * row));
                sink(same ? MemoryMarshal.Cast<T, float>(piece) : floats.AsSpan(0, n * row));
            }
            finally
            {
                // Whatever happens, the source is not given back while it is read.
                work.Wait();
            }
            (filled, filling) = (filling, filled);
        }
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

    private static void Convert(WeightTensor tensor, Span<byte> raw, Span<float> floats)
    {
        if (tensor.BigEndian == BitConverter.IsLittleEndian) SwapBytes(raw, tensor.Code.Bytes());
        switch (tensor.Code)
        {
            case ElementCode.F32:
                MemoryMarshal.Cast<byte, float>(raw).CopyTo(floats);
                break;
            case ElementCode.F64:
                var doubles = MemoryMarshal.Cast<byte, double>(raw);
                for (int i = 0; i < floats.Length; i++) floats[i] = (float)doubles[i];
                break;
            case ElementCode.F16:
                var halves = MemoryMarshal.Cast<byte, Half>(raw);
                for (int i = 0; i < floats.Length; i++) floats[i] = (float)halves[i];
                break;
            default:
                var upper = MemoryMarshal.Cast<byte, ushort>(raw);
                for (int i = 0; i < floats.Length; i++) floats[i] = BitConverter.UInt32BitsToSingle((uint)upper[i] << 16);
                break;
        }
    }

    private static void SwapBytes(Span<byte> raw, int size)
    {
        if (size == 8) Swap(MemoryMarshal.Cast<byte, ulong>(raw), BinaryPrimitives.ReverseEndianness);
        else if (size == 4) Swap(MemoryMarshal.Cast<byte, uint>(raw), BinaryPrimitives.ReverseEndianness);
        else Swap(MemoryMarshal.Cast<byte, ushort>(raw), BinaryPrimitives.ReverseEndianness);
    }

    private static void Swap<T>(Span<T> values, Func<T, T> swapped)
    {
        foreach (ref var value in values) value = swapped(value);
    }

    private static void Skip(Stream stream, long bytes)
    {
        if (stream.CanSeek)
        {
            stream.Position = bytes;
            return;
        }
        var buffer = new byte[(int)Math.Min(bytes, 1 << 16)];
        for (long left = bytes; left > 0; left -= buffer.Length) stream.ReadExactly(buffer, 0, (int)Math.Min(buffer.Length, left));
    }
}
