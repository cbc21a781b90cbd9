namespace PixelNet.Native.Data.Weights.Formats;

/// <summary>
/// Walks the fields of one Protocol Buffers message in a stream, without reading what is not asked for: a field is a key (number*8 + wire type) and a
/// varint (0), 8 bytes (1), a length and so many bytes (2), or 4 bytes (5).
/// </summary>
/// <remarks>https://protobuf.dev/programming-guides/encoding. Use: <c>while (message.Next()) switch (message.Field) …</c>.</remarks>
internal struct ProtoReader(ByteReader bytes, long start, long length)
{
    private long _next = start;
    private readonly long _end = start + length;

    /// <summary>Number of the field.</summary>
    public int Field { get; private set; }

    /// <summary>Its wire type.</summary>
    public int Wire { get; private set; }

    /// <summary>The value of a varint, or of 4 or 8 bytes.</summary>
    public ulong Value { get; private set; }

    /// <summary>Where the bytes of a field of wire type 1, 2 or 5 begin.</summary>
    public long Start { get; private set; }

    /// <summary>How many they are.</summary>
    public long Length { get; private set; }

    /// <summary>Goes to the next field.</summary>
    /// <returns>False at the end of the message.</returns>
    /// <exception cref="PixelNetException">It is no such message, or it ends early.</exception>
    public bool Next()
    {
        if (_next == _end) return false;
        bytes.Position = _next;
        ulong key = bytes.Varint();
        (Field, Wire, Length) = ((int)Math.Min(key >> 3, int.MaxValue), (int)(key & 7), 0);
        if (Field == 0) throw bytes.Damaged("a field without a number");
        Start = bytes.Position;
        switch (Wire)
        {
            case 0: Value = bytes.Varint(); break;
            case 1: Value = bytes.UInt64(); break;
            case 5: Value = bytes.UInt32(); break;
            case 2:
                ulong size = bytes.Varint();
                (Start, Length) = (bytes.Position, (long)Math.Min(size, long.MaxValue / 2));
                bytes.Require(Length);
                bytes.Position += Length;
                break;
            default: throw bytes.Damaged($"a field of wire type {Wire}");
        }
        _next = bytes.Position;
        if (_next > _end) throw bytes.Damaged("a field that reaches beyond its message");
        return true;
    }

    /// <summary>The field as a message.</summary>
    public readonly ProtoReader Message() => Wire == 2 ? new ProtoReader(bytes, Start, Length) : throw bytes.Damaged($"field {Field} that should be a message");

    /// <summary>The field as text.</summary>
    public readonly string Text()
    {
        if (Wire != 2) throw bytes.Damaged($"field {Field} that should be text");
        bytes.Position = Start;
        return bytes.Text(Length, 4096);
    }

    /// <summary>Adds the numbers of a repeated varint field, packed or not.</summary>
    public readonly void AddNumbers(List<long> numbers)
    {
        if (Wire == 0) numbers.Add((long)Value);
        if (Wire != 2) return;
        bytes.Position = Start;
        while (bytes.Position < Start + Length && numbers.Count <= StridedView.MaxRank) numbers.Add((long)bytes.Varint());
    }
}
