namespace PixelNet.Native.Data.Weights.Formats;

/// <summary>What the header of an HDF5 object says, as far as it matters here: a group's links, or a dataset's shape, type and place.</summary>
internal sealed class Hdf5Object
{
    /// <summary>Address of no object.</summary>
    public const ulong Undefined = ulong.MaxValue;

    /// <summary>Links of a new-style group.</summary>
    public List<(string Name, ulong Address)> Links { get; } = [];

    /// <summary>B-tree and local heap of an old-style group.</summary>
    public (ulong Tree, ulong Heap)? SymbolTable { get; private set; }

    /// <summary>Extents of a dataset.</summary>
    public long[]? Shape { get; private set; }

    /// <summary>Type of a dataset.</summary>
    public ElementCode Code { get; private set; }

    /// <summary>Whether its most significant byte comes first.</summary>
    public bool BigEndian { get; private set; }

    /// <summary>The type in words.</summary>
    public string TypeName { get; private set; } = "?";

    /// <summary>Place and size of the numbers where they lie in one piece.</summary>
    public (ulong Start, ulong Length)? Data { get; private set; }

    /// <summary>Address of the B-tree of chunks, and their extents, the element's size behind them.</summary>
    public (ulong Tree, long[] Extents)? Chunks { get; private set; }

    /// <summary>Numbers of the filters that chunks went through, in that order.</summary>
    public List<int> Filters { get; } = [];

    /// <summary>Why the numbers cannot be read, such as "in layout 3"; null = they can.</summary>
    public string? Unreadable { get; private set; }

    /// <summary>Whether it is a dataset.</summary>
    public bool IsDataset => Shape is not null;

    /// <summary>Takes one header message.</summary>
    public void Add(int type, ByteReader m, long length)
    {
        long start = m.Position;
        switch (type)
        {
            case 0x01: Dataspace(m); break;
            case 0x02: LinkInfo(m); break;
            case 0x03: Datatype(m); break;
            case 0x06: Link(m); break;
            case 0x08: Layout(m); break;
            case 0x0B: Pipeline(m); break;
            case 0x11: SymbolTable = (m.UInt64(), m.UInt64()); break;
        }
        if (m.Position > start + length) throw m.Damaged($"a header message of type 0x{type:x2} that is too short");
    }

    private void Dataspace(ByteReader m)
    {
        int version = m.Byte(), rank = m.Byte();
        m.Byte();
        if (version == 1) m.Position += 5;
        else if (version == 2) m.Byte();
        else throw m.Damaged($"a data space of version {version}");
        if (rank > StridedView.MaxRank) throw m.Damaged($"a data set of {rank} axes");
        Shape = new long[rank];
        for (int axis = 0; axis < rank; axis++) Shape[axis] = (long)m.UInt64();
        if (StridedView.CountOf(Shape) < 0) throw m.Damaged($"the impossible shape [{string.Join(", ", Shape)}]");
    }

    private void LinkInfo(ByteReader m)
    {
        m.Byte();
        if ((m.Byte() & 1) != 0) m.UInt64();
        if (m.UInt64() != Undefined) throw m.NotRead("a group in HDF5's dense form; rewrite the file with 'h5repack --low=0 --high=0 IN OUT'");
    }

    private void Link(ByteReader m)
    {
        m.Byte();
        int flags = m.Byte(), kind = (flags & 8) != 0 ? m.Byte() : 0;
        if ((flags & 4) != 0) m.UInt64();
        if ((flags & 16) != 0) m.Byte();
        ulong length = (flags & 3) switch { 0 => m.Byte(), 1 => m.UInt16(), 2 => m.UInt32(), _ => m.UInt64() };
        string name = m.Text((long)Math.Min(length, long.MaxValue), 4096);
        if (kind == 0) Links.Add((name, m.UInt64()));
    }

    private void Datatype(ByteReader m)
    {
        int kind = m.Byte() & 15;
        int bits = m.Byte();
        m.Position += 2;
        uint size = m.UInt32();
        if (kind != 1)
        {
            TypeName = kind switch { 0 => $"integer of {size} bytes", 3 => "text", _ => $"HDF5 class {kind}" };
            return;
        }
        m.Position += 5; // bit offset, precision, place of the exponent
        int exponent = m.Byte();
        m.Byte();
        int mantissa = m.Byte();
        (BigEndian, TypeName) = ((bits & 1) != 0, $"float of {size} bytes");
        Code = (size, exponent, mantissa) switch { (4, 8, 23) => ElementCode.F32, (8, 11, 52) => ElementCode.F64, (2, 5, 10) => ElementCode.F16, (2, 8, 7) => ElementCode.BF16, _ => ElementCode.Other };
    }

    private void Layout(ByteReader m)
    {
        int version = m.Byte();
        int rank = version < 3 ? m.Byte() : 0, kind = m.Byte();
        if (version is < 1 or > 4) throw m.Damaged($"a data layout of version {version}");
        if (kind == 1 && version >= 3) Data = (m.UInt64(), m.UInt64());
        else if (kind == 0 && version >= 3)
        {
            ushort size = m.UInt16();
            Data = ((ulong)m.Position, size);
            m.Position += size;
        }
        else if (kind == 1)
        {
            m.Position += 5;
            ulong start = m.UInt64(), length = 1;
            // The last extent is the element's size.
            for (int axis = 0; axis < Math.Min(rank, 16); axis++) length = Math.Min(1UL << 50, length * m.UInt32());
            Data = (start, length);
        }
        else if (kind == 2 && version < 4)
        {
            if (version == 3) rank = m.Byte();
            else m.Position += 5;
            if (rank is < 1 or > StridedView.MaxRank + 1) throw m.Damaged($"chunks of {rank} axes");
            ulong tree = m.UInt64();
            Chunks = (tree, [.. Enumerable.Range(0, rank).Select(_ => (long)m.UInt32())]);
        }
        else Unreadable = kind == 2 ? "in chunks of HDF5 1.10's form" : $"in layout {kind}";
    }

    private void Pipeline(ByteReader m)
    {
        int version = m.Byte(), count = m.Byte();
        if (version is < 1 or > 2 || count > 32) throw m.Damaged($"a filter pipeline of version {version} with {count} filters");
        if (version == 1) m.Position += 6;
        for (int i = 0; i < count; i++)
        {
            int id = m.UInt16(), name = version == 1 || id >= 256 ? m.UInt16() : 0;
            m.UInt16();
            int values = m.UInt16();
            Filters.Add(id);
            m.Position += (version == 1 ? name + 7 & ~7 : name) + 4L * (version == 1 ? values + 1 & ~1 : values);
        }
    }
}
