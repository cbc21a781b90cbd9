using System.Buffers;
using System.IO.Compression;

namespace PixelNet.Native.Data.Weights.Formats;

/// <summary>
/// A data set that lies in chunks of equal extents, each stored as it is or packed: bytes shuffled (all first bytes of its elements, then all second ones, …), deflated
/// (zlib), a checksum behind it. What the extents say is checked against what is there before any memory is taken: all chunks present, each within the file, together no
/// longer than it, and not claiming more than DEFLATE can pack.
/// </summary>
/// <remarks>HDF5 File Format Specification 3.0, III.A.1 and IV.A.2.l; filters 1, 2 and 3.</remarks>
internal sealed class Hdf5Chunks(ByteReader file, string source, long[] shape, long[] extents, int size, List<int> filters)
{
    private const int Deflate = 1, Shuffle = 2, Fletcher = 3, MostExpansion = 1032, MostChunks = 1_000_000;

    private readonly Dictionary<long, (ulong Start, uint Length, uint Mask)> _chunks = [];
    private long _packed;

    /// <summary>Bytes of the data set.</summary>
    public long Bytes => StridedView.CountOf(shape) * size;

    /// <summary>Why chunks that went through these filters cannot be read; null = they can.</summary>
    public static string? Problem(List<int> filters)
    {
        int unknown = filters.FirstOrDefault(id => id is not (Deflate or Shuffle or Fletcher));
        return unknown != 0 ? $"in chunks packed with filter {unknown}{(unknown == 32000 ? " (LZF)" : "")}"
            : !filters.SequenceEqual(filters.Distinct().OrderBy(id => id == Shuffle ? 0 : id)) ? "in chunks whose filters come in another order" : null;
    }

    /// <summary>Adds a chunk.</summary>
    /// <param name="place">Its first element.</param>
    /// <param name="start">Where it lies in the file.</param>
    /// <param name="length">Bytes there.</param>
    /// <param name="mask">A bit for each filter that it did not go through.</param>
    public void Add(long[] place, ulong start, uint length, uint mask)
    {
        if (extents.Length != shape.Length + 1 || extents[^1] != size || extents.Any(extent => extent <= 0)) throw file.Damaged($"chunks [{string.Join(", ", extents)}] of a data set [{string.Join(", ", shape)}]");
        long index = 0;
        for (int axis = 0; axis < shape.Length; axis++)
        {
            if (place[axis] < 0 || place[axis] % extents[axis] != 0) throw file.Damaged("a chunk that does not lie on the grid");
            // A data set that was made smaller keeps chunks beyond its end.
            if (place[axis] >= shape[axis]) return;
            index = index * Grid(axis) + place[axis] / extents[axis];
        }
        if (start > (ulong)file.End || length > (ulong)file.End - start) throw file.Damaged($"a chunk of {length:N0} bytes at byte {start:N0}");
        if (_chunks.Count >= MostChunks || (_packed += length) > file.End || !_chunks.TryAdd(index, (start, length, mask))) throw file.Damaged("chunks that lie one upon the other");
    }

    /// <summary>Checks that all are there.</summary>
    /// <exception cref="PixelNetException">They are not, or claim too much.</exception>
    public void Check(string path)
    {
        if (shape.Length == 0 || Bytes == 0) throw file.Damaged($"chunks of '{WeightFile.Shorten(path)}', which has no numbers");
        Int128 expected = 1;
        for (int axis = 0; axis < shape.Length; axis++) expected *= extents.Length > axis && extents[axis] > 0 ? Grid(axis) : 0;
        if (_chunks.Count != expected) throw new PixelNetException($"{source} holds {_chunks.Count:N0} of the {expected:N0} chunks of '{WeightFile.Shorten(path)}'; it was not written to its end, save or fetch it again");
        Int128 claimed = extents.Aggregate(expected, (bytes, extent) => Int128.Min(bytes * extent, Int128.MaxValue >> 64));
        if (claimed > (Int128)_packed * (filters.Contains(Deflate) ? MostExpansion : 1)) throw file.Damaged($"{claimed:N0} bytes of '{WeightFile.Shorten(path)}' claimed to lie in {_packed:N0}");
    }

    /// <summary>The numbers in row-major order, to read forwards; a row of chunks at a time is in memory.</summary>
    public Stream Open(Stream whole) => new BandStream(this, whole);

    private long Rows => shape[0];

    private long RowsOfChunk => extents[0];

    private long Grid(int axis) => (shape[axis] + extents[axis] - 1) / extents[axis];

    /// <summary>Unpacks the chunks whose first place on the first axis is <paramref name="row"/> into a band [rows, …] of the data set.</summary>
    private void FillBand(byte[] band, long row, Stream whole)
    {
        int perBand = 1;
        for (int axis = 1; axis < shape.Length; axis++) perBand = checked((int)(perBand * Grid(axis)));
        try
        {
            if (perBand == 1) Unpack(0);
            else Parallel.For(0, perBand, Unpack);
        }
        catch (AggregateException failure)
        {
            throw failure.InnerExceptions[0];
        }

        void Unpack(int number) => FillChunk(band, row, number, _chunks[row / extents[0] * perBand + number], whole);
    }

    private void FillChunk(byte[] band, long row, int number, (ulong Start, uint Length, uint Mask) chunk, Stream whole)
    {
        bool Went(int filter) => filters.IndexOf(filter) is >= 0 and var at && (chunk.Mask >> at & 1) == 0;
        int rank = shape.Length, last = rank - 1;
        long[] place = new long[rank], there = new long[rank];
        for (int axis = last, rest = number; axis > 0; axis--)
        {
            place[axis] = rest % Grid(axis) * extents[axis];
            rest = (int)(rest / Grid(axis));
        }
        for (int axis = 0; axis < rank; axis++) there[axis] = Math.Min(extents[axis], shape[axis] - (axis == 0 ? row : place[axis]));
        using Stream packed = new SliceStream(whole, (long)chunk.Start, chunk.Length - (Went(Fletcher) ? 4L : 0));
        using Stream numbers = Went(Deflate) ? new ZLibStream(packed, CompressionMode.Decompress) : packed;
        // Shuffled bytes come in planes, the others are one plane of whole elements; lines that lie beyond the data set's edge are read and left out.
        int planes = Went(Shuffle) ? size : 1, width = size / planes;
        long lines = 1;
        for (int axis = 0; axis < last; axis++) lines = checked(lines * extents[axis]);
        byte[] line = ArrayPool<byte>.Shared.Rent((int)Math.Min(extents[last] * width, 1 << 16));
        var index = new long[rank];
        for (int plane = 0; plane < planes; plane++)
        {
            Array.Clear(index);
            for (long i = 0; i < lines; i++)
            {
                bool inside = true;
                long at = 0;
                for (int axis = 0; axis < last; axis++)
                {
                    inside &= index[axis] < there[axis];
                    at = at * (axis == 0 ? 1 : shape[axis]) + (axis == 0 ? 0 : place[axis]) + index[axis];
                }
                at = (last == 0 ? 0 : at * shape[last]) + (last == 0 ? 0 : place[last]);
                for (long done = 0, count; done < extents[last]; done += count)
                {
                    count = Math.Min(extents[last] - done, line.Length / width);
                    numbers.ReadExactly(line, 0, (int)count * width);
                    long wanted = inside ? Math.Min(count, there[last] - done) : 0, to = (at + done) * size + plane;
                    if (wanted <= 0) continue;
                    if (planes == 1) line.AsSpan(0, (int)wanted * size).CopyTo(band.AsSpan((int)to));
                    else for (int e = 0; e < wanted; e++) band[to + (long)e * size] = line[e];
                }
                for (int axis = last - 1; axis >= 0 && ++index[axis] == extents[axis]; axis--) index[axis] = 0;
            }
        }
        ArrayPool<byte>.Shared.Return(line);
    }

    private sealed class BandStream(Hdf5Chunks chunks, Stream whole) : RefilledStream(chunks.Bytes)
    {
        private byte[] _band = [];
        private long _row;

        protected override ArraySegment<byte> Refill()
        {
            if (_row >= chunks.Rows) return default;
            long rows = Math.Min(chunks.Rows - _row, chunks.RowsOfChunk);
            long bytes = chunks.Bytes / chunks.Rows * rows;
            if (bytes > Array.MaxLength) throw new InvalidDataException($"Its chunks lie {bytes:N0} bytes wide, more than can be read at once.");
            if (_band.Length < bytes) _band = new byte[bytes];
            chunks.FillBand(_band, _row, whole);
            _row += rows;
            return new(_band, 0, (int)bytes);
        }
    }
}
