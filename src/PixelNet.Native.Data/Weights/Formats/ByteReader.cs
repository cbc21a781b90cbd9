using System.Buffers.Binary;

namespace PixelNet.Native.Data.Weights.Formats;

/// <summary>Little-endian numbers and bytes at any place of a stream; what lies behind its end is an error that says how many bytes are missing.</summary>
internal sealed class ByteReader(Stream stream, string source, long end)
{
    private readonly byte[] _small = new byte[8];

    public ByteReader(Stream stream, string source) : this(stream, source, stream.Length) { }

    /// <summary>The next byte's place.</summary>
    public long Position { get; set; }

    /// <summary>Where the readable part ends.</summary>
    public long End => end;

    public Stream Stream => stream;

    public byte Byte()
    {
        Fill(_small.AsSpan(0, 1));
        return _small[0];
    }

    public ushort UInt16()
    {
        Fill(_small.AsSpan(0, 2));
        return BinaryPrimitives.ReadUInt16LittleEndian(_small);
    }

    public uint UInt32()
    {
        Fill(_small.AsSpan(0, 4));
        return BinaryPrimitives.ReadUInt32LittleEndian(_small);
    }

    public ulong UInt64()
    {
        Fill(_small.AsSpan(0, 8));
        return BinaryPrimitives.ReadUInt64LittleEndian(_small);
    }

    /// <summary>A base-128 number of Protocol Buffers and of LevelDB.</summary>
    public ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            byte part = Byte();
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }
        throw Damaged("a number of more than ten bytes");
    }

    /// <summary>Bytes, after a check that they are there.</summary>
    public byte[] Bytes(long count, int most)
    {
        if (count < 0 || count > most) throw Damaged($"a part of {count:N0} bytes where at most {most:N0} are expected");
        Require(count);
        var bytes = new byte[count];
        Fill(bytes);
        return bytes;
    }

    /// <summary>Text in UTF-8.</summary>
    public string Text(long count, int most) => System.Text.Encoding.UTF8.GetString(Bytes(count, most));

    /// <summary>Checks that so many bytes follow.</summary>
    public void Require(long count)
    {
        if (count < 0 || Position < 0 || Position > end || count > end - Position)
            throw new PixelNetException($"{source} is damaged or incomplete: {Missing(count)} bytes are missing behind its {stream.Length:N0}; fetch the file again");
    }

    /// <summary>An error at the present place.</summary>
    public PixelNetException Damaged(string what) => new($"{source} is damaged: {what}, at byte {Position:N0} of {stream.Length:N0}; fetch the file again");

    /// <summary>An error about a part of the format that is valid, and not read here.</summary>
    public PixelNetException NotRead(string what) => new($"{source} holds what is not read: {what}");

    private string Missing(long count) => $"{(Int128)Math.Max(count, 0) + Position - end:N0}";

    private void Fill(Span<byte> target)
    {
        Require(target.Length);
        if (stream.Position != Position) stream.Position = Position;
        stream.ReadExactly(target);
        Position += target.Length;
    }
}
