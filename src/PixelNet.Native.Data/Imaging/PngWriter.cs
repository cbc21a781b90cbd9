using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace PixelNet.Native.Data.Imaging;

/// <summary>
/// Writes PNG files: pictures and label maps. Files appear whole or not at all (<see cref="AtomicFile"/>). Each row takes the filter whose
/// differences are smallest in sum (pictures) or that of the row above (label maps); compression is the fast level. Counterpart: <see cref="PngReader"/>.
/// Equal pixels read back are guaranteed; equal bytes are not, between versions of the runtime's zlib.
/// </summary>
public static class PngWriter
{
    private const int PixelDataBytes = 1 << 20;

    /// <summary>Writes an 8-bit RGB file.</summary>
    /// <exception cref="PixelNetException">The file cannot be written; see <see cref="AtomicFile"/>. So for all overloads with a path.</exception>
    public static void WriteRgb(string path, RgbImage image) => AtomicFile.Write(path, stream => WriteRgb(stream, image));

    /// <summary>Fills row <paramref name="y"/>.</summary>
    public delegate void RowSource(int y, Span<byte> row);

    /// <summary>Writes an 8-bit RGB file whose rows, of three bytes a pixel, are made as they are written: no image of them lies in memory.</summary>
    /// <exception cref="PixelNetException">The file cannot be written.</exception>
    public static void WriteRgb(string path, int width, int height, RowSource rows) => AtomicFile.Write(path, stream => Write(stream, width, height, 8, PngColorType.Rgb, rows, 3));

    /// <summary>Writes an 8-bit grey file whose rows, of a byte a pixel, are made as they are written.</summary>
    /// <exception cref="PixelNetException">The file cannot be written.</exception>
    public static void WriteGrey8(string path, int width, int height, RowSource rows) => AtomicFile.Write(path, stream => Write(stream, width, height, 8, PngColorType.Grey, rows, 1));

    /// <summary>As <see cref="WriteRgb(string, RgbImage)"/>, to a stream.</summary>
    public static void WriteRgb(Stream stream, RgbImage image) => Write(stream, image.Width, image.Height, 8, PngColorType.Rgb, image.Pixels, 3);

    /// <summary>Writes an 8-bit RGBA file from four bytes a pixel, [height * width * 4].</summary>
    /// <exception cref="PixelNetException">The file cannot be written.</exception>
    public static void WriteRgba(string path, int width, int height, byte[] pixels) =>
        AtomicFile.Write(path, stream => WriteRgba(stream, width, height, pixels));

    /// <summary>As <see cref="WriteRgba(string, int, int, byte[])"/>, to a stream.</summary>
    public static void WriteRgba(Stream stream, int width, int height, byte[] pixels) => Write(stream, width, height, 8, PngColorType.Rgba, pixels, 4);

    /// <summary>Writes an 8-bit grey file: label ids as they are.</summary>
    /// <exception cref="PixelNetException">The file cannot be written.</exception>
    public static void WriteGrey8(string path, LabelMap<byte> map) => AtomicFile.Write(path, stream => WriteGrey8(stream, map));

    /// <summary>As <see cref="WriteGrey8(string, LabelMap{byte})"/>, to a stream.</summary>
    public static void WriteGrey8(Stream stream, LabelMap<byte> map) => Write(stream, map.Width, map.Height, 8, PngColorType.Grey, map.Labels, 1);

    /// <summary>Writes a 16-bit grey file: instance ids.</summary>
    /// <exception cref="PixelNetException">The file cannot be written.</exception>
    public static void WriteGrey16(string path, LabelMap<ushort> map) => AtomicFile.Write(path, stream => WriteGrey16(stream, map));

    /// <summary>As <see cref="WriteGrey16(string, LabelMap{ushort})"/>, to a stream.</summary>
    public static void WriteGrey16(Stream stream, LabelMap<ushort> map)
    {
        var bytes = new byte[2 * map.Labels.Length];
        if (BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(map.Labels, MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan()));
        else MemoryMarshal.AsBytes(map.Labels.AsSpan()).CopyTo(bytes);
        Write(stream, map.Width, map.Height, 16, PngColorType.Grey, bytes, 2);
    }

    /// <summary>Writes an 8-bit palette file: the labels are the indices, <paramref name="colors"/> (0xRRGGBB, at most 256) what a viewer shows.</summary>
    /// <exception cref="PixelNetException">The file cannot be written.</exception>
    public static void WritePalette(string path, LabelMap<byte> map, IReadOnlyList<int> colors) =>
        AtomicFile.Write(path, stream => WritePalette(stream, map, colors));

    /// <summary>As <see cref="WritePalette(string, LabelMap{byte}, IReadOnlyList{int})"/>, to a stream.</summary>
    public static void WritePalette(Stream stream, LabelMap<byte> map, IReadOnlyList<int> colors)
    {
        var palette = new byte[3 * colors.Count];
        for (int i = 0; i < colors.Count; i++)
            (palette[3 * i], palette[3 * i + 1], palette[3 * i + 2]) = ((byte)(colors[i] >> 16), (byte)(colors[i] >> 8), (byte)colors[i]);
        Write(stream, map.Width, map.Height, 8, PngColorType.Palette, map.Labels, 1, palette);
    }

    private static void Write(Stream stream, int width, int height, int bitDepth, PngColorType colorType, byte[] samples, int pixelBytes, byte[]? palette = null)
    {
        if (width <= 0 || height <= 0 || samples.LongLength != (long)width * height * pixelBytes)
            throw new ArgumentException($"{samples.LongLength} bytes are no {width} x {height} image of {pixelBytes} bytes a pixel", nameof(samples));
        Write(stream, width, height, bitDepth, colorType, (y, row) => samples.AsSpan(y * row.Length, row.Length).CopyTo(row), pixelBytes, palette);
    }

    private static void Write(Stream stream, int width, int height, int bitDepth, PngColorType colorType, RowSource rows, int pixelBytes, byte[]? palette = null)
    {
        stream.Write(PngHeader.Signature);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        (header[8], header[9]) = ((byte)bitDepth, (byte)colorType);
        header[10..].Clear();
        WriteChunk(stream, "IHDR"u8, header);
        if (palette is not null) WriteChunk(stream, "PLTE"u8, palette);

        // Buffered, so that the chunks of pixel data are large.
        using (var zlib = new ZLibStream(new BufferedStream(new PixelData(stream), PixelDataBytes), CompressionLevel.Fastest))
            WriteRows(zlib, rows, height, width * pixelBytes, pixelBytes, isPicture: colorType is PngColorType.Rgb or PngColorType.Rgba);
        WriteChunk(stream, "IEND"u8, []);
    }

    private static void WriteChunk(Stream stream, ReadOnlySpan<byte> kind, ReadOnlySpan<byte> body)
    {
        var chunk = new byte[12 + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, body.Length);
        kind.CopyTo(chunk.AsSpan(4));
        body.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + body.Length), Crc32.Of(chunk.AsSpan(4, 4 + body.Length)));
        stream.Write(chunk);
    }

    private static void WriteRows(ZLibStream zlib, RowSource rows, int height, int rowBytes, int pixelBytes, bool isPicture)
    {
        // One buffer per filter that is tried: the filter byte, then the differences.
        byte[] filters = isPicture ? [1, 2, 4] : [2];
        byte[][] candidates = [.. filters.Select(_ => new byte[rowBytes + 1])];
        byte[] row = new byte[rowBytes], above = new byte[rowBytes];
        for (int y = 0; y < height; y++)
        {
            rows(y, row);
            int best = 0;
            long bestSum = long.MaxValue;
            for (int f = 0; f < filters.Length; f++)
            {
                candidates[f][0] = filters[f];
                long sum = Filter(filters[f], row, above, candidates[f].AsSpan(1), pixelBytes);
                if (sum < bestSum) (best, bestSum) = (f, sum);
            }
            zlib.Write(candidates[best]);
            (row, above) = (above, row);
        }
    }

    // Writes the differences and returns the sum of their magnitudes as signed bytes.
    private static long Filter(byte filter, ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, Span<byte> differences, int pixelBytes)
    {
        long sum = 0;
        for (int i = 0; i < row.Length; i++)
        {
            int left = i < pixelBytes ? 0 : row[i - pixelBytes];
            int prediction = filter switch
            {
                1 => left,
                2 => above[i],
                _ => i < pixelBytes ? above[i] : PngDecoder.Paeth(left, above[i], above[i - pixelBytes]),
            };
            byte difference = (byte)(row[i] - prediction);
            differences[i] = difference;
            sum += Math.Abs((int)(sbyte)difference);
        }
        return sum;
    }

    /// <summary>Each write becomes a chunk of pixel data.</summary>
    private sealed class PixelData(Stream stream) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Write(ReadOnlySpan<byte> buffer) => WriteChunk(stream, "IDAT"u8, buffer);

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush() { }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
