using System.Buffers.Binary;
using System.IO.Compression;
using System.Numerics;

namespace PixelNet.Native.Data.Imaging;

/// <summary>
/// From the bytes of a PNG to its unfiltered rows (PNG specification, third edition: chunks 5, filters 9, interlace 8.2). Checks every chunk's
/// length and CRC, and that the compressed data can be as long as the header claims, before anything is allocated for pixels.
/// </summary>
internal sealed class PngDecoder
{
    /// <summary>Deflate's best ratio: a match of 258 bytes in 2 bits gives at most 1032 bytes out of one.</summary>
    private const int MaxInflation = 1032;

    private readonly string _name;
    private readonly List<ReadOnlyMemory<byte>> _pixelData = [];

    /// <summary>Parses all chunks of a file.</summary>
    /// <exception cref="PixelNetException">Not a PNG, truncated, damaged or too large; the message begins with <paramref name="name"/>.</exception>
    public PngDecoder(ReadOnlyMemory<byte> file, string name)
    {
        _name = name;
        Header = PngHeader.Parse(file.Span, name);
        ReadChunks(file);
    }

    public PngHeader Header { get; }

    /// <summary>RGB triples of a palette image, empty otherwise.</summary>
    public ReadOnlyMemory<byte> Palette { get; private set; }

    /// <summary>Takes one unfiltered row: its pixels belong to row <paramref name="y"/>, columns x0, x0 + dx, …</summary>
    public delegate void RowSink(ReadOnlySpan<byte> row, int y, int x0, int dx);

    /// <summary>Calls <paramref name="sink"/> with each row as stored (big-endian samples, bits packed), pass by pass where interlaced.</summary>
    /// <exception cref="PixelNetException">The pixel data are damaged or too short.</exception>
    public void Decode(RowSink sink)
    {
        using var data = new ZLibStream(new SegmentStream(_pixelData), CompressionMode.Decompress);
        if (!Header.Interlaced)
        {
            DecodePass(data, sink, 0, 1, 0, 1);
            return;
        }
        ReadOnlySpan<(int X0, int Dx, int Y0, int Dy)> adam7 =
            [(0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2), (0, 1, 1, 2)];
        foreach (var (x0, dx, y0, dy) in adam7)
            if (x0 < Header.Width && y0 < Header.Height) DecodePass(data, sink, x0, dx, y0, dy);
    }

    private void ReadChunks(ReadOnlyMemory<byte> file)
    {
        int position = PngHeader.Length;
        while (true)
        {
            if (file.Length - position < 12) throw Truncated();
            var chunk = file.Span[position..];
            uint length = BinaryPrimitives.ReadUInt32BigEndian(chunk);
            if (length > file.Length - position - 12) throw Truncated();
            var kind = chunk.Slice(4, 4);
            var body = file.Slice(position + 8, (int)length);
            if (BinaryPrimitives.ReadUInt32BigEndian(chunk[(8 + (int)length)..]) != Crc32.Of(chunk.Slice(4, 4 + (int)length)))
                throw Damaged($"the checksum of its chunk at byte {position} is wrong");
            position += 12 + (int)length;
            if (kind.SequenceEqual("IDAT"u8)) _pixelData.Add(body);
            else if (kind.SequenceEqual("PLTE"u8)) Palette = body;
            else if (kind.SequenceEqual("IEND"u8)) break;
            else if ((kind[0] & 0x20) == 0) throw Damaged($"it holds a chunk at byte {position - 12 - (int)length} that is neither known nor optional");
        }
        if (_pixelData.Count == 0) throw Damaged("it holds no pixel data (no IDAT chunk)");
        if (Header.ColorType == PngColorType.Palette && (Palette.Length is 0 or > 768 || Palette.Length % 3 != 0))
            throw Damaged("a palette image needs a PLTE chunk of 1 to 256 colours");
        long rowBytes = Header.RowBytes(Header.Width) + 1L, compressed = _pixelData.Sum(segment => (long)segment.Length);
        // Interlacing adds filter bytes and padding, so this bound holds for both.
        if (rowBytes * Header.Height > compressed * MaxInflation)
            throw new PixelNetException($"{_name} is truncated: {compressed} bytes of compressed data cannot hold the {Header.Width} x {Header.Height} pixels that its header claims; copy or download it again");
    }

    private void DecodePass(ZLibStream data, RowSink sink, int x0, int dx, int y0, int dy)
    {
        int width = (Header.Width - x0 + dx - 1) / dx, rowBytes = Header.RowBytes(width);
        int pixelBytes = Math.Max(1, Header.Channels * Header.BitDepth / 8);
        // Each buffer: the filter byte, then the row. The row above the first counts as zeros.
        byte[] row = new byte[rowBytes + 1], above = new byte[rowBytes + 1];
        for (int y = y0; y < Header.Height; y += dy)
        {
            Fill(data, row, y);
            Unfilter(row[0], row.AsSpan(1), above.AsSpan(1), pixelBytes, y);
            sink(row.AsSpan(1), y, x0, dx);
            (row, above) = (above, row);
        }
    }

    private void Fill(ZLibStream data, byte[] row, int y)
    {
        int read;
        try
        {
            read = data.ReadAtLeast(row, row.Length, throwOnEndOfStream: false);
        }
        catch (Exception failure) when (failure is InvalidDataException or IOException)
        {
            throw new PixelNetException($"{_name} is damaged: its compressed data are invalid in row {y}; copy or download it again", failure);
        }
        if (read < row.Length)
            throw new PixelNetException($"{_name} is truncated: its pixel data end in row {y} of {Header.Height}; copy or download it again");
    }

    // a = left, b = above, c = above left; each byte is predicted from those and the row holds the difference, modulo 256.
    private void Unfilter(byte filter, Span<byte> row, ReadOnlySpan<byte> above, int pixelBytes, int y)
    {
        switch (filter)
        {
            case 0:
                break;
            case 1:
                for (int i = pixelBytes; i < row.Length; i++) row[i] += row[i - pixelBytes];
                break;
            case 2:
                int done = 0;
                for (; done <= row.Length - Vector<byte>.Count; done += Vector<byte>.Count)
                    (new Vector<byte>(row[done..]) + new Vector<byte>(above[done..])).CopyTo(row[done..]);
                for (; done < row.Length; done++) row[done] += above[done];
                break;
            case 3:
                for (int i = 0; i < row.Length; i++) row[i] += (byte)((i < pixelBytes ? 0 : row[i - pixelBytes]) + above[i] >> 1);
                break;
            case 4:
                for (int i = 0; i < Math.Min(pixelBytes, row.Length); i++) row[i] += above[i];
                for (int i = pixelBytes; i < row.Length; i++) row[i] += Paeth(row[i - pixelBytes], above[i], above[i - pixelBytes]);
                break;
            default:
                throw Damaged($"row {y} has filter {filter}, PNG knows 0 to 4");
        }
    }

    internal static byte Paeth(int a, int b, int c)
    {
        int pa = Math.Abs(b - c), pb = Math.Abs(a - c), pc = Math.Abs(a + b - 2 * c);
        return (byte)(pa <= pb && pa <= pc ? a : pb <= pc ? b : c);
    }

    private PixelNetException Truncated() => new($"{_name} is truncated: the file ends before the last chunk of the PNG; copy or download it again");

    private PixelNetException Damaged(string what) => new($"{_name} is damaged: {what}; copy or download it again");

    /// <summary>The IDAT bodies as one stream.</summary>
    private sealed class SegmentStream(List<ReadOnlyMemory<byte>> segments) : Stream
    {
        private int _segment, _offset;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer)
        {
            while (_segment < segments.Count && _offset == segments[_segment].Length) (_segment, _offset) = (_segment + 1, 0);
            if (_segment == segments.Count) return 0;
            var part = segments[_segment].Span[_offset..];
            int count = Math.Min(part.Length, buffer.Length);
            part[..count].CopyTo(buffer);
            _offset += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
