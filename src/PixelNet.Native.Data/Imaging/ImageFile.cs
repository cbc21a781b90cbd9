namespace PixelNet.Native.Data.Imaging;

/// <summary>The formats that images are read from.</summary>
public enum ImageFormat
{
    /// <summary>Portable Network Graphics.</summary>
    Png,

    /// <summary>JPEG, baseline or progressive.</summary>
    Jpeg,
}

/// <summary>What the head of an image file says.</summary>
/// <param name="Width">Pixels a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Format">The format, by content.</param>
public readonly record struct ImageHeader(int Width, int Height, ImageFormat Format);

/// <summary>Reads photographs of either format; the content decides, not the name.</summary>
public static class ImageFile
{
    /// <summary>Extensions (lower case, with dot) under which folders are searched for images.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [".png", ".jpg", ".jpeg"];

    /// <summary>Reads a PNG or JPEG as 8-bit RGB.</summary>
    /// <exception cref="PixelNetException">The file is missing, of another format, truncated, damaged or too large; the message names it.</exception>
    public static RgbImage Read(string path) => Read(FileBytes.ReadAll(path), path);

    /// <summary>As <see cref="Read(string)"/>, from the bytes of a file; <paramref name="name"/> begins the messages.</summary>
    /// <exception cref="PixelNetException">The bytes are of another format, truncated, damaged or too large.</exception>
    public static RgbImage Read(byte[] file, string name) =>
        FormatOf(file, name) == ImageFormat.Png ? PngReader.ReadRgb(file, name) : JpegReader.Read(file, name);

    /// <summary>Reads only as much as tells the size and the format.</summary>
    /// <exception cref="PixelNetException">The file is missing, of another format, or its header is damaged or claims too large an image.</exception>
    public static ImageHeader Peek(string path)
    {
        var head = FileBytes.ReadHead(path, PngHeader.Length);
        if (FormatOf(head, path) == ImageFormat.Jpeg) return JpegReader.Peek(path);
        var header = PngHeader.Parse(head, path);
        return new ImageHeader(header.Width, header.Height, ImageFormat.Png);
    }

    private static ImageFormat FormatOf(ReadOnlySpan<byte> head, string name)
    {
        if (head.StartsWith(PngHeader.Signature[..4])) return ImageFormat.Png;
        if (head.StartsWith(JpegReader.Signature)) return ImageFormat.Jpeg;
        if (head.IsEmpty) throw new PixelNetException($"{name} is empty, expected a PNG or JPEG image; copy or download it again");
        throw new PixelNetException($"{name} is neither a PNG nor a JPEG image; convert it to one of these");
    }
}
