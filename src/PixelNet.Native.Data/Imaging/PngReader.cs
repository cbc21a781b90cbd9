using System.Buffers.Binary;

namespace PixelNet.Native.Data.Imaging;

/// <summary>
/// Reads PNG files of every colour type and bit depth, interlaced or not, as colours or as raw label values. Counterpart: <see cref="PngWriter"/>.
/// A file is untrusted: sizes are checked before anything is allocated, checksums are verified, and every fault is one sentence that names the file.
/// </summary>
public static class PngReader
{
    /// <summary>Reads only the header: size, colour type, bit depth.</summary>
    /// <exception cref="PixelNetException">The file is missing, is no PNG, or its header is damaged or claims too large an image.</exception>
    public static PngHeader Peek(string path) => PngHeader.Parse(FileBytes.ReadHead(path, PngHeader.Length), path);

    /// <summary>Reads colours as 8-bit RGB: palettes are looked up, grey is repeated, 16 bits are rounded to 8, alpha is dropped.</summary>
    /// <exception cref="PixelNetException">The file is missing, no PNG, truncated, damaged or too large.</exception>
    public static RgbImage ReadRgb(string path) => ReadRgb(FileBytes.ReadAll(path), path);

    /// <summary>As <see cref="ReadRgb(string)"/>, from the bytes of a file; <paramref name="name"/> begins the messages.</summary>
    /// <exception cref="PixelNetException">No PNG, truncated, damaged or too large.</exception>
    public static RgbImage ReadRgb(ReadOnlyMemory<byte> file, string name)
    {
        var decoder = new PngDecoder(file, name);
        var header = decoder.Header;
        var colors = header.IsSingleChannel ? ColorTable(header, decoder.Palette.Span) : [];
        var image = new RgbImage(header.Width, header.Height, new byte[3 * header.Width * header.Height]);
        decoder.Decode((row, y, x0, dx) =>
        {
            var target = image.Pixels.AsSpan(3 * header.Width * y, 3 * header.Width);
            bool wide = header.BitDepth == 16;
            if (header.ColorType == PngColorType.Rgb && !wide && dx == 1)
            {
                row.CopyTo(target);
                return;
            }
            int step = header.Channels * (wide ? 2 : 1), green = header.ColorType == PngColorType.GreyAlpha ? 0 : wide ? 2 : 1;
            for (int x = x0, i = 0; x < header.Width; x += dx, i++)
            {
                var pixel = target.Slice(3 * x, 3);
                if (header.IsSingleChannel && !wide)
                {
                    int color = colors[Sample(row, i, header.BitDepth)];
                    (pixel[0], pixel[1], pixel[2]) = ((byte)(color >> 16), (byte)(color >> 8), (byte)color);
                    continue;
                }
                int at = i * step;
                for (int c = 0; c < 3; c++)
                {
                    int offset = header.IsSingleChannel ? at : at + c * green;
                    pixel[c] = wide ? To8(BinaryPrimitives.ReadUInt16BigEndian(row[offset..])) : row[offset];
                }
            }
        });
        return image;
    }

    /// <summary>Reads raw values of a single-channel file: grey values as stored (not stretched to 0..255) or palette indices.</summary>
    /// <exception cref="PixelNetException">As <see cref="ReadRgb(string)"/>; also for a file of several channels, and for a 16-bit value above 255 (its pixel is named).</exception>
    public static LabelMap<byte> ReadLabels(string path) => ReadLabels(FileBytes.ReadAll(path), path);

    /// <summary>As <see cref="ReadLabels(string)"/>, from the bytes of a file; <paramref name="name"/> begins the messages.</summary>
    /// <exception cref="PixelNetException">As <see cref="ReadLabels(string)"/>.</exception>
    public static LabelMap<byte> ReadLabels(ReadOnlyMemory<byte> file, string name)
    {
        var decoder = new PngDecoder(file, name);
        var header = RequireSingleChannel(decoder.Header, name);
        var map = new LabelMap<byte>(header.Width, header.Height, new byte[header.Width * header.Height]);
        decoder.Decode((row, y, x0, dx) =>
        {
            var target = map.Labels.AsSpan(header.Width * y, header.Width);
            if (header.BitDepth == 8 && dx == 1)
            {
                row.CopyTo(target);
                return;
            }
            for (int x = x0, i = 0; x < target.Length; x += dx, i++)
            {
                int value = Sample(row, i, header.BitDepth);
                if (value > 255)
                    throw new PixelNetException($"{name} holds the value {value} at pixel (x {x}, y {y}), expected labels of 0 to 255; it may be an instance map, name the label map instead");
                target[x] = (byte)value;
            }
        });
        return map;
    }

    /// <summary>Reads raw values of a single-channel file of up to 16 bits: instance ids, or labels of any depth.</summary>
    /// <exception cref="PixelNetException">As <see cref="ReadRgb(string)"/>; also for a file of several channels.</exception>
    public static LabelMap<ushort> ReadLabels16(string path) => ReadLabels16(FileBytes.ReadAll(path), path);

    /// <summary>As <see cref="ReadLabels16(string)"/>, from the bytes of a file; <paramref name="name"/> begins the messages.</summary>
    /// <exception cref="PixelNetException">As <see cref="ReadLabels16(string)"/>.</exception>
    public static LabelMap<ushort> ReadLabels16(ReadOnlyMemory<byte> file, string name)
    {
        var decoder = new PngDecoder(file, name);
        var header = RequireSingleChannel(decoder.Header, name);
        var map = new LabelMap<ushort>(header.Width, header.Height, new ushort[header.Width * header.Height]);
        decoder.Decode((row, y, x0, dx) =>
        {
            var target = map.Labels.AsSpan(header.Width * y, header.Width);
            for (int x = x0, i = 0; x < target.Length; x += dx, i++) target[x] = (ushort)Sample(row, i, header.BitDepth);
        });
        return map;
    }

    private static PngHeader RequireSingleChannel(PngHeader header, string name) =>
        header.IsSingleChannel ? header : throw new PixelNetException($"{name} is an {header.Description}, expected a label map of one channel (grey or palette); colours do not identify classes, name the file of ids instead");

    private static int Sample(ReadOnlySpan<byte> row, int i, int bitDepth) => bitDepth switch
    {
        8 => row[i],
        16 => BinaryPrimitives.ReadUInt16BigEndian(row[(2 * i)..]),
        // The leftmost pixel lies in the highest bits.
        _ => row[i * bitDepth >> 3] >> 8 - bitDepth - (i * bitDepth & 7) & (1 << bitDepth) - 1,
    };

    // Nearest 8-bit value of v/65535*255, in integers.
    private static byte To8(int value) => (byte)(value * 255 + 32895 >> 16);

    // 0xRRGGBB by sample value. An index beyond the palette is shown as black.
    private static int[] ColorTable(PngHeader header, ReadOnlySpan<byte> palette)
    {
        if (header.BitDepth == 16) return [];
        var colors = new int[1 << header.BitDepth];
        for (int v = 0; v < colors.Length; v++)
        {
            if (header.ColorType == PngColorType.Grey) colors[v] = v * 255 / (colors.Length - 1) * 0x010101;
            else if (3 * v < palette.Length) colors[v] = palette[3 * v] << 16 | palette[3 * v + 1] << 8 | palette[3 * v + 2];
        }
        return colors;
    }
}
