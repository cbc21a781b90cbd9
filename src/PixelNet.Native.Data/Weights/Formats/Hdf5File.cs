namespace PixelNet.Native.Data.Weights.Formats;

/// <summary>
/// HDF5 as Keras and h5py write it: groups of links, in the old form (symbol tables: B-tree, nodes, local heap) or the compact new one, and data sets in one piece or in
/// chunks (<see cref="Hdf5Chunks"/>), behind a user block or not. A tensor is called by its path, such as <c>block1_conv1/block1_conv1/kernel:0</c>. Attributes are not
/// read. Data sets in other forms are listed, and refused when they are to be read.
/// </summary>
/// <remarks>HDF5 File Format Specification 3.0. A library is not used here because none is proof against hostile files; every address is checked
/// against the file, every object is visited once.</remarks>
internal sealed class Hdf5File : WeightFile
{
    private const int MostObjects = 100_000, MostDepth = 16;
    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'H', (byte)'D', (byte)'F', (byte)'\r', (byte)'\n', 0x1A, (byte)'\n'];

    private readonly long _base;
    private readonly Stream _stream;
    private readonly ByteReader _bytes;
    private readonly List<WeightTensor> _tensors = [];
    private readonly HashSet<ulong> _visited = [];

    /// <param name="stream">The file's bytes.</param>
    /// <param name="source">What messages call the file.</param>
    /// <param name="owned">What is closed with the file; null = the stream.</param>
    public Hdf5File(Stream stream, string source, Stream? owned = null) : base(owned ?? stream, source)
    {
        // All addresses count from the end of a user block.
        _base = Math.Max(0, Find(stream));
        _stream = _base == 0 ? stream : new SliceStream(stream, _base, stream.Length - _base);
        _bytes = new ByteReader(_stream, source);
        Walk(RootAddress(), "", 0);
        Tensors = Distinct(_tensors, source);
    }

    public override string Format => "HDF5";

    public override IReadOnlyList<WeightTensor> Tensors { get; }

    public static bool IsOne(Stream stream) => Find(stream) >= 0;

    // The signature may come behind a user block of 512, 1024, 2048 … bytes.
    private static long Find(Stream stream)
    {
        Span<byte> head = stackalloc byte[8];
        for (long at = 0; at <= stream.Length - head.Length; at = Math.Max(512, 2 * at))
        {
            stream.Position = at;
            if (stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && head.SequenceEqual(Signature)) return at;
        }
        return -1;
    }

    private ulong RootAddress()
    {
        _bytes.Position = 8;
        int version = _bytes.Byte();
        if (version > 3) throw _bytes.Damaged($"a superblock of version {version}");
        if (version < 2) _bytes.Position += 4;
        int offsets = _bytes.Byte(), lengths = _bytes.Byte();
        if (offsets != 8 || lengths != 8) throw _bytes.Damaged($"addresses of {offsets} and lengths of {lengths} bytes, of which 8 are read");
        _bytes.Position += version switch { 0 => 9, 1 => 13, _ => 1 };
        ulong start = _bytes.UInt64();
        _bytes.UInt64(); // free space, or the superblock's extension
        ulong end = _bytes.UInt64();
        if (start != (ulong)_base) throw _bytes.Damaged($"a user block of {start:N0} bytes where {_base:N0} are");
        if (end > (ulong)(_base + _stream.Length) && end < 1UL << 50)
            throw new PixelNetException($"{Source} is incomplete: it should have {end:N0} bytes and has {_base + _stream.Length:N0}, {end - (ulong)(_base + _stream.Length):N0} are missing; fetch the file again");
        if (version < 2) _bytes.Position += 16; // driver information, name of the root
        return _bytes.UInt64();
    }

    private void Walk(ulong address, string path, int depth)
    {
        // Hard links may lead to one object by two names, and in a hostile file in a circle.
        if (depth > MostDepth || !Visit(address)) return;
        var header = ReadHeader(address);
        if (header.IsDataset)
        {
            AddDataset(header, path);
            return;
        }
        var links = header.Links;
        if (header.SymbolTable is { } table) AddSymbols(table.Tree, HeapData(table.Heap), links, 0);
        foreach (var (name, target) in links) Walk(target, path.Length == 0 ? name : $"{path}/{name}", depth + 1);
    }

    private void AddDataset(Hdf5Object dataset, string path)
    {
        var view = StridedView.Dense(dataset.Shape!);
        var (start, length) = dataset.Data ?? (0, 0);
        string? problem = dataset.Unreadable ?? (dataset.Chunks is not null ? Hdf5Chunks.Problem(dataset.Filters) : start == Hdf5Object.Undefined ? "nowhere" : null);
        if (problem is null && dataset is { Chunks: { } form, Code: not ElementCode.Other })
        {
            var chunks = new Hdf5Chunks(_bytes, Source, view.Shape, form.Extents, dataset.Code.Bytes(), dataset.Filters);
            AddChunks(form.Tree, view.Rank, chunks, 0);
            chunks.Check(path);
            _tensors.Add(Checked(new WeightTensor(path, dataset.Code, dataset.TypeName, view, chunks.Bytes, () => chunks.Open(_stream), dataset.BigEndian)));
            return;
        }
        if (problem is not null || dataset.Code == ElementCode.Other)
        {
            _tensors.Add(new WeightTensor(path, ElementCode.Other, problem is null ? dataset.TypeName : $"{dataset.TypeName} stored {problem} (h5repack -l CONTI -f NONE makes it one piece)", view, 0, () => Stream.Null));
            return;
        }
        // Longer than the file: Checked says how much is missing.
        long there = start > (ulong)_stream.Length ? 0 : (long)Math.Min(length, (ulong)_stream.Length - start);
        _tensors.Add(Checked(new WeightTensor(path, dataset.Code, dataset.TypeName, view, there, () => new SliceStream(_stream, (long)start, there), dataset.BigEndian)));
    }

    private void AddChunks(ulong address, int rank, Hdf5Chunks chunks, int depth)
    {
        if (depth > MostDepth || !Visit(address)) return;
        Seek(address, "TREE"u8);
        if (_bytes.Byte() != 1) throw _bytes.Damaged("a B-tree of a group where one of chunks should be");
        int level = _bytes.Byte(), used = _bytes.UInt16();
        _bytes.Position += 16; // the siblings
        var children = new List<ulong>();
        for (int i = 0; i < used; i++)
        {
            uint size = _bytes.UInt32(), mask = _bytes.UInt32();
            var place = new long[rank];
            for (int axis = 0; axis < rank; axis++) place[axis] = (long)_bytes.UInt64();
            _bytes.UInt64(); // the element's own axis
            ulong child = _bytes.UInt64();
            if (level > 0) children.Add(child);
            else chunks.Add(place, child, size, mask);
        }
        foreach (ulong child in children) AddChunks(child, rank, chunks, depth + 1);
    }

    private bool Visit(ulong address)
    {
        if (_visited.Count > MostObjects) throw _bytes.Damaged($"more than {MostObjects:N0} objects");
        return _visited.Add(address);
    }

    private void Seek(ulong address, ReadOnlySpan<byte> signature)
    {
        if (address > (ulong)_stream.Length) throw _bytes.Damaged($"an address {address:N0} beyond the end");
        _bytes.Position = (long)address;
        if (signature.Length > 0 && !_bytes.Bytes(signature.Length, 8).AsSpan().SequenceEqual(signature)) throw _bytes.Damaged($"no {System.Text.Encoding.ASCII.GetString(signature)} where one should be");
    }

    // Version 1: 16 bytes, then messages of type 2, size 2, flags 1, reserved 3. Version 2: "OHDR", then type 1, size 2, flags 1 [, order 2].
    private Hdf5Object ReadHeader(ulong address)
    {
        Seek(address, default);
        var header = new Hdf5Object();
        var blocks = new Queue<(long Start, long Length)>();
        int version = _bytes.Byte(), flags = 0;
        if (version == 1)
        {
            _bytes.Position += 7;
            uint size = _bytes.UInt32();
            blocks.Enqueue((_bytes.Position + 4, size));
        }
        else
        {
            Seek(address, "OHDR"u8);
            if (_bytes.Byte() != 2) throw _bytes.Damaged("an object header of a version other than 1 and 2");
            flags = _bytes.Byte();
            _bytes.Position += ((flags & 0x20) != 0 ? 16 : 0) + ((flags & 0x10) != 0 ? 4 : 0);
            ulong size = (flags & 3) switch { 0 => _bytes.Byte(), 1 => _bytes.UInt16(), 2 => _bytes.UInt32(), _ => _bytes.UInt64() };
            blocks.Enqueue((_bytes.Position, (long)Math.Min(size, 1UL << 50)));
        }
        int prefix = version == 1 ? 8 : (flags & 4) != 0 ? 6 : 4;
        for (int count = 0; blocks.TryDequeue(out var block); count++)
        {
            if (count > 256) throw _bytes.Damaged("an object header of more than 256 pieces");
            ReadMessages(header, block.Start, block.Length, version, prefix, blocks);
        }
        return header;
    }

    private void ReadMessages(Hdf5Object header, long start, long length, int version, int prefix, Queue<(long, long)> blocks)
    {
        _bytes.Position = start;
        _bytes.Require(length);
        long end = start + length;
        for (long at = start; end - at >= prefix;)
        {
            _bytes.Position = at;
            int type = version == 1 ? _bytes.UInt16() : _bytes.Byte(), size = _bytes.UInt16(), flags = _bytes.Byte();
            long data = at + prefix;
            at = data + size;
            if (at > end) throw _bytes.Damaged("a header message that reaches beyond its header");
            _bytes.Position = data;
            // A shared message (flag 2) is a committed type or a shared space: only its address is here.
            if ((flags & 2) != 0 && type is 0x01 or 0x03) throw _bytes.NotRead("a shared data type or space; rewrite the file with h5py or h5repack");
            if (type != 0x10)
            {
                header.Add(type, _bytes, size);
                continue;
            }
            ulong next = _bytes.UInt64(), nextLength = _bytes.UInt64();
            if (next > (ulong)_stream.Length || nextLength > (ulong)_stream.Length - next || (version != 1 && nextLength < 8)) throw _bytes.Damaged("a header that goes on beyond the end");
            if (version == 1) blocks.Enqueue(((long)next, (long)nextLength));
            else
            {
                Seek(next, "OCHK"u8);
                blocks.Enqueue(((long)next + 4, (long)nextLength - 8));
            }
        }
    }

    private (ulong Start, ulong Length) HeapData(ulong address)
    {
        Seek(address, "HEAP"u8);
        _bytes.Position += 4;
        ulong length = _bytes.UInt64();
        _bytes.UInt64();
        return (_bytes.UInt64(), length);
    }

    private void AddSymbols(ulong address, (ulong Start, ulong Length) heap, List<(string, ulong)> links, int depth)
    {
        if (depth > MostDepth || !Visit(address)) return;
        Seek(address, "TREE"u8);
        if (_bytes.Byte() != 0) throw _bytes.Damaged("a B-tree of chunks where one of a group should be");
        int level = _bytes.Byte(), used = _bytes.UInt16();
        _bytes.Position += 16; // the siblings
        var children = new List<ulong>();
        for (int i = 0; i < used; i++)
        {
            _bytes.UInt64(); // the key: a name's place in the heap
            children.Add(_bytes.UInt64());
        }
        foreach (ulong child in children)
        {
            if (level > 0) AddSymbols(child, heap, links, depth + 1);
            else if (Visit(child)) AddNode(child, heap, links);
        }
    }

    private void AddNode(ulong address, (ulong Start, ulong Length) heap, List<(string, ulong)> links)
    {
        Seek(address, "SNOD"u8);
        _bytes.Position += 2;
        int count = _bytes.UInt16();
        long at = _bytes.Position;
        for (int i = 0; i < count; i++, at += 40)
        {
            _bytes.Position = at;
            ulong name = _bytes.UInt64(), target = _bytes.UInt64();
            uint kind = _bytes.UInt32();
            // Kind 2 is a symbolic link.
            if (kind == 2) continue;
            if (name >= heap.Length) throw _bytes.Damaged("a name beyond its heap");
            links.Add((HeapText(heap.Start + name, heap.Length - name), target));
            if (links.Count > MostObjects) throw _bytes.Damaged($"more than {MostObjects:N0} links");
        }
    }

    private string HeapText(ulong address, ulong most)
    {
        Seek(address, default);
        var text = new List<byte>();
        for (ulong i = 0; i < Math.Min(most, 1024); i++)
        {
            byte letter = _bytes.Byte();
            if (letter == 0) return System.Text.Encoding.UTF8.GetString([.. text]);
            text.Add(letter);
        }
        throw _bytes.Damaged("a name that does not end");
    }
}
