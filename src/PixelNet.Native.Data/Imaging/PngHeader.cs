using System.Buffers.Binary;

namespace PixelNet.Native.Data.Imaging;

/// <summary>What the samples of a PNG mean (the values are the file format's).</summary>
public enum PngColorType
{
    /// <summary>One channel of 1, 2, 4, 8 or 16 bits.</summary>
    Grey = 0,

    /// <summary>Three channels of 8 or 16 bits.</summary>
    Rgb = 2,

    /// <summary>One channel of 1, 2, 4 or 8 bits: indices into a table of colours.</summary>
    Palette = 3,

    /// <summary>Two channels of 8 or 16 bits.</summary>
    GreyAlpha = 4,

    /// <summary>Four channels of 8 or 16 bits.</summary>
    Rgba = 6,
}

/// <summary>The IHDR chunk of a PNG, already checked: sizes from 1, decoded size within <see cref="MaxDecodedBytes"/>, a legal colour type and depth.</summary>
/// <param name="Width">Pixels a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="BitDepth">Bits a sample: 1, 2, 4, 8 or 16.</param>
/// <param name="ColorType">What the samples mean.</param>
/// <param name="Interlaced">Whether the rows come in Adam7 order.</param>
public sealed record PngHeader(int Width, int Height, int BitDepth, PngColorType ColorType, bool Interlaced)
{
    /// <summary>Largest decoded size that is read: 2^28 bytes, counted as three bytes a pixel or what the file stores, whichever is more.</summary>
    public const long MaxDecodedBytes = 1L << 28;

    /// <summary>Bytes of signature and IHDR chunk at the head of a file.</summary>
    internal const int Length = 33;

    internal static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Samples a pixel.</summary>
    public int Channels => ColorType switch { PngColorType.Rgb => 3, PngColorType.GreyAlpha => 2, PngColorType.Rgba => 4, _ => 1 };

    /// <summary>Whether a pixel is one number: grey or palette index.</summary>
    public bool IsSingleChannel => ColorType is PngColorType.Grey or PngColorType.Palette;

    /// <summary>In words, for messages: <c>8-bit RGBA picture</c>.</summary>
    public string Description => $"{BitDepth}-bit " + ColorType switch
    {
        PngColorType.Grey => "grey image",
        PngColorType.Rgb => "RGB picture",
        PngColorType.Palette => "palette image",
        PngColorType.GreyAlpha => "grey-and-alpha picture",
        _ => "RGBA picture",
    };

    /// <summary>Packed bytes of a row of <paramref name="width"/> pixels, without its filter byte.</summary>
    internal int RowBytes(int width) => (int)(((long)width * Channels * BitDepth + 7) / 8);

    /// <summary>Reads the header from the first bytes of a file.</summary>
    /// <exception cref="PixelNetException">Not a PNG, damaged, or larger than <see cref="MaxDecodedBytes"/>.</exception>
    internal static PngHeader Parse(ReadOnlySpan<byte> head, string name)
    {
        if (head.Length < 8 || !head[..8].SequenceEqual(Signature))
            throw new PixelNetException($"{name} is not a PNG file: it does not begin with the PNG signature; check the file or its extension");
        if (head.Length < Length)
            throw new PixelNetException($"{name} is truncated: it ends inside the PNG header; copy or download it again");
        if (BinaryPrimitives.ReadUInt32BigEndian(head[8..]) != 13 || !head.Slice(12, 4).SequenceEqual("IHDR"u8))
            throw new PixelNetException($"{name} is damaged: a PNG must begin with a 13-byte IHDR chunk; copy or download it again");
        if (BinaryPrimitives.ReadUInt32BigEndian(head[29..]) != Crc32.Of(head[12..29]))
            throw new PixelNetException($"{name} is damaged: the checksum of its IHDR chunk is wrong; copy or download it again");

        uint width = BinaryPrimitives.ReadUInt32BigEndian(head[16..]), height = BinaryPrimitives.ReadUInt32BigEndian(head[20..]);
        int depth = head[24], color = head[25];
        bool legal = color switch
        {
            0 => depth is 1 or 2 or 4 or 8 or 16,
            3 => depth is 1 or 2 or 4 or 8,
            2 or 4 or 6 => depth is 8 or 16,
            _ => false,
        };
        if (!legal || head[26] != 0 || head[27] != 0 || head[28] > 1)
            throw new PixelNetException($"{name} is damaged: colour type {color}, bit depth {depth}, compression {head[26]}, filter {head[27]}, interlace {head[28]} is no combination that PNG allows");
        if (width is 0 or > int.MaxValue || height is 0 or > int.MaxValue)
            throw new PixelNetException($"{name} is damaged: its header says {width} x {height} pixels");
        var header = new PngHeader((int)width, (int)height, depth, (PngColorType)color, head[28] == 1);
        double bytes = Math.Max(3.0, header.Channels * depth / 8.0) * width * height;
        if (bytes > MaxDecodedBytes)
            throw new PixelNetException($"{name} claims {width} x {height} pixels, more than the {MaxDecodedBytes >> 20} MiB of decoded pixels that are read; cut it into smaller images");
        return header;
    }
}
