namespace PixelNet.Native.Data.Weights.Formats;

/// <summary>
/// TensorFlow's V1 checkpoint, one file (vgg_16.ckpt): LevelDB's sorted table. The last 48 bytes name the index block; its entries name data
/// blocks; a block is entries (shared, unshared and value length as varints, key, value), restart points, and behind it a byte that tells how it is packed and a checksum. The
/// entry with the empty key describes all tensors, each other one holds a slice: <c>SavedTensorSlices</c> {meta 1 {tensor 1 {name 1, shape 2 {dim 2 {size 1}},
/// type 3, slice 4}}, data 2 {name 1, slice 2, data 3 {dtype 1, tensor_content 4, float_val 5}}}. Packed floats are little endian, so the numbers of an unpacked block
/// are read where they lie.
/// </summary>
internal sealed class TableFile : WeightFile
{
    private const ulong TableMagic = 0xDB4775248B80FB57;
    private const int FooterBytes = 48, TrailerBytes = 5, MostKey = 4096, MostEntries = 100_000, TypeFloat = 1;

    private readonly Stream _stream;
    private readonly ByteReader _file;
    private long _unpacked;

    public TableFile(Stream stream, string source) : base(stream, source)
    {
        (_stream, _file) = (stream, new ByteReader(stream, source));
        _file.Position = stream.Length - FooterBytes;
        _file.Varint(); // the meta index: place
        _file.Varint(); // and length
        var index = Block(_file.Varint(), _file.Varint());
        var shapes = new Dictionary<string, long[]>(StringComparer.Ordinal);
        var tensors = new List<WeightTensor>();
        int entries = 0;
        foreach (var (_, start, length) in Entries(index))
        {
            index.Position = start;
            var data = Block(index.Varint(), index.Varint());
            foreach (var (_, at, size) in Entries(data))
            {
                if (++entries > MostEntries) throw _file.Damaged($"more than {MostEntries:N0} entries");
                AddSlices(new ProtoReader(data, at, size), data, shapes, tensors);
            }
        }
        Tensors = Distinct(tensors, source);
    }

    public override string Format => "TensorFlow V1 checkpoint";

    public override IReadOnlyList<WeightTensor> Tensors { get; }

    /// <summary>A file that ends with the table's magic number.</summary>
    public static bool IsOne(Stream stream)
    {
        if (stream.Length < FooterBytes) return false;
        Span<byte> tail = stackalloc byte[8];
        stream.Position = stream.Length - tail.Length;
        stream.ReadExactly(tail);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(tail) == TableMagic;
    }

    /// <summary>Whether a file begins as a table does: an entry with an empty key whose value has a first field. Without the end, which has the magic number, it cannot be read.</summary>
    public static bool IsBeginning(ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith((ReadOnlySpan<byte>)[0, 0])) return false;
        int at = 2;
        while (at < head.Length && head[at] >= 0x80) at++;
        return at + 1 < head.Length && head[at + 1] == 0x0A;
    }

    /// <summary>A block's entries: in the file itself where it is stored plainly, else unpacked in memory.</summary>
    private ByteReader Block(ulong offset, ulong length)
    {
        if (offset > (ulong)_stream.Length || length > (ulong)_stream.Length - offset || length + TrailerBytes > (ulong)_stream.Length - offset)
            throw _file.Damaged($"a block of {length:N0} bytes at byte {offset:N0}");
        _file.Position = (long)(offset + length);
        int packing = _file.Byte();
        if (packing == 0) return new ByteReader(_stream, Source, (long)(offset + length)) { Position = (long)offset };
        if (packing != 1) throw _file.Damaged($"a block packed in way {packing}, of which 0 (not) and 1 (Snappy) are known");
        _file.Position = (long)offset;
        byte[] block = Snappy.Unpack(_file.Bytes((long)length, int.MaxValue - 64));
        // Weights hardly pack: what grows is no checkpoint, or one block named many times.
        if ((_unpacked += block.Length) > 2 * _stream.Length + 65536) throw _file.Damaged("blocks that unpack to more than twice the file");
        return new ByteReader(new MemoryStream(block), Source);
    }

    private IEnumerable<(byte[] Key, long Start, long Length)> Entries(ByteReader block)
    {
        long position = block.Position, end = block.End;
        block.Position = end - 4;
        long restarts = block.UInt32();
        end -= 4 * (restarts + 1);
        if (end < position) throw _file.Damaged($"a block with {restarts:N0} restart points");
        byte[] key = [];
        while (position < end)
        {
            block.Position = position;
            ulong shared = block.Varint(), unshared = block.Varint(), size = block.Varint();
            if (shared > (ulong)key.Length || unshared > MostKey - shared || size > (ulong)(end - block.Position) || unshared > (ulong)(end - block.Position) - size)
                throw _file.Damaged("an entry that reaches beyond its block");
            key = [.. key.AsSpan(0, (int)shared), .. block.Bytes((long)unshared, MostKey)];
            long start = block.Position;
            position = start + (long)size;
            yield return (key, start, (long)size);
        }
    }

    private void AddSlices(ProtoReader message, ByteReader block, Dictionary<string, long[]> shapes, List<WeightTensor> tensors)
    {
        while (message.Next())
        {
            if (message.Field == 1)
            {
                var meta = message.Message();
                while (meta.Next()) if (meta.Field == 1) AddShape(meta.Message(), shapes);
            }
            else if (message.Field == 2) tensors.Add(Slice(message.Message(), block, shapes));
        }
    }

    private void AddShape(ProtoReader tensor, Dictionary<string, long[]> shapes)
    {
        string name = "";
        var shape = new List<long>();
        int slices = 0;
        while (tensor.Next())
        {
            if (tensor.Field == 1) name = tensor.Text();
            else if (tensor.Field == 4) slices++;
            else if (tensor.Field == 2)
            {
                var dims = tensor.Message();
                while (dims.Next())
                {
                    if (dims.Field != 2) continue;
                    long size = 0;
                    var dim = dims.Message();
                    while (dim.Next()) if (dim.Field == 1) size = (long)dim.Value;
                    shape.Add(size);
                    if (shape.Count > StridedView.MaxRank) throw _file.Damaged($"tensor '{Shorten(name)}' of more than {StridedView.MaxRank} axes");
                }
            }
        }
        if (slices > 1) throw new PixelNetException($"{Source} holds tensor '{Shorten(name)}' in {slices} slices (a partitioned variable); save it whole");
        if (StridedView.CountOf([.. shape]) < 0) throw _file.Damaged($"the impossible shape [{string.Join(", ", shape)}] of tensor '{Shorten(name)}'");
        if (!shapes.TryAdd(name, [.. shape])) throw _file.Damaged($"tensor '{Shorten(name)}' described twice");
    }

    private WeightTensor Slice(ProtoReader slice, ByteReader block, Dictionary<string, long[]> shapes)
    {
        string name = "";
        long start = 0, length = 0;
        ulong type = 0;
        while (slice.Next())
        {
            if (slice.Field == 1) name = slice.Text();
            else if (slice.Field == 3)
            {
                var tensor = slice.Message();
                while (tensor.Next())
                {
                    if (tensor.Field == 1) type = tensor.Value;
                    else if (tensor.Field is 4 or 5 && tensor.Wire == 2 && tensor.Length > 0)
                    {
                        if (length > 0) throw _file.Damaged($"the numbers of '{Shorten(name)}' in several pieces");
                        (start, length) = (tensor.Start, tensor.Length);
                    }
                }
            }
        }
        if (!shapes.TryGetValue(name, out long[]? shape)) throw _file.Damaged($"tensor '{Shorten(name)}', which was not described");
        bool isFloat = type == TypeFloat || (type == 0 && length == 4 * StridedView.CountOf(shape));
        return Checked(new WeightTensor(name, isFloat ? ElementCode.F32 : ElementCode.Other, isFloat ? "float" : $"type {type}", StridedView.Dense(shape), length,
            () => new SliceStream(block.Stream, start, length)));
    }
}
