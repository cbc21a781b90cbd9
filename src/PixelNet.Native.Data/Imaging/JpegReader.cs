using System.Buffers.Binary;
using StbImageSharp;

namespace PixelNet.Native.Data.Imaging;

/// <summary>
/// Reads JPEG files through StbImageSharp, which fills missing data with grey in silence and allocates what the header asks for. So the markers
/// are walked first (ITU-T T.81, annex B): the frame's size is checked against the cap and against the length of the file, and the end marker must be there.
/// </summary>
public static class JpegReader
{
    /// <summary>Each scan visits every block, so many empty ones make a small file slow; encoders write about 10.</summary>
    private const int MaxScans = 100;

    internal static ReadOnlySpan<byte> Signature => [0xFF, 0xD8, 0xFF];

    /// <summary>Reads only the frame header.</summary>
    /// <exception cref="PixelNetException">The file is missing, no JPEG, or its header is damaged or claims too large an image.</exception>
    public static ImageHeader Peek(string path)
    {
        // The frame header mostly lies within the first kilobytes; behind a large thumbnail or colour profile the whole file is read.
        const int headLength = 1 << 16;
        var head = FileBytes.ReadHead(path, headLength);
        if (head.Length == headLength && Walk(head, path, untilFrame: true) is { } early) return early;
        return Walk(FileBytes.ReadAll(path), path, untilFrame: true) ?? throw Truncated(path);
    }

    /// <summary>Reads a JPEG as 8-bit RGB.</summary>
    /// <exception cref="PixelNetException">The file is missing, no JPEG, truncated, damaged or too large; the message names it.</exception>
    public static RgbImage Read(string path) => Read(FileBytes.ReadAll(path), path);

    /// <summary>As <see cref="Read(string)"/>, from the bytes of a file; <paramref name="name"/> begins the messages.</summary>
    /// <exception cref="PixelNetException">No JPEG, truncated, damaged or too large.</exception>
    public static RgbImage Read(byte[] file, string name)
    {
        var header = Walk(file, name, untilFrame: false) ?? throw Truncated(name);
        // Each block of 8 x 8 takes at least one bit, so a short file cannot make a large allocation.
        if ((header.Width + 7L) / 8 * ((header.Height + 7L) / 8) > 8L * file.Length)
            throw new PixelNetException($"{name} is truncated: {file.Length} bytes cannot hold the {header.Width} x {header.Height} pixels that its header claims; copy or download it again");
        ImageResult image;
        try
        {
            image = ImageResult.FromMemory(file, ColorComponents.RedGreenBlue);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            throw new PixelNetException($"{name} is damaged: its JPEG data cannot be decoded; copy or download it again", failure);
        }
        if ((image.Width, image.Height) != (header.Width, header.Height)) throw Damaged(name, "its frame header is ambiguous");
        return new RgbImage(image.Width, image.Height, image.Data);
    }

    /// <summary>Walks the markers to the frame header, or on to the end marker. Null when the bytes end before that.</summary>
    private static ImageHeader? Walk(ReadOnlySpan<byte> file, string name, bool untilFrame)
    {
        if (!file.StartsWith(Signature)) throw new PixelNetException($"{name} is not a JPEG file: it does not begin with the JPEG signature; check the file or its extension");
        ImageHeader? frame = null;
        int scans = 0;
        for (int at = 2; ;)
        {
            // Markers may be preceded by any number of fill bytes 0xFF.
            while (at < file.Length && file[at] != 0xFF) at++;
            while (at < file.Length && file[at] == 0xFF) at++;
            if (at >= file.Length) return null;
            int marker = file[at++];
            if (marker is 0x00 or 0x01 or (>= 0xD0 and <= 0xD8)) continue;
            if (marker == 0xD9) return frame ?? throw Damaged(name, "it ends without a frame");
            if (at + 2 > file.Length) return null;
            int length = BinaryPrimitives.ReadUInt16BigEndian(file[at..]);
            if (length < 2) throw Damaged(name, $"its segment at byte {at} has length {length}");
            if (at + length > file.Length) return null;
            // SOF0..SOF15 without DHT (C4), JPG (C8) and DAC (CC).
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
            {
                if (frame is not null) throw Damaged(name, "it holds two frames");
                frame = Frame(file.Slice(at + 2, length - 2), marker, name);
                if (untilFrame) return frame;
            }
            if (marker == 0xDA && ++scans > MaxScans) throw Damaged(name, $"it holds more than {MaxScans} scans");
            at += length;
        }
    }

    private static ImageHeader Frame(ReadOnlySpan<byte> segment, int marker, string name)
    {
        if (marker > 0xC2)
            throw new PixelNetException($"{name} is a JPEG of a rare kind (frame type {marker - 0xC0}: lossless, hierarchical or arithmetic), expected baseline or progressive; convert it");
        if (segment.Length < 6) throw Damaged(name, "its frame header is too short");
        int precision = segment[0], height = BinaryPrimitives.ReadUInt16BigEndian(segment[1..]), width = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]);
        if (precision != 8) throw new PixelNetException($"{name} is a JPEG of {precision} bits a sample, expected 8; convert it");
        if (width == 0 || height == 0) throw Damaged(name, $"its header says {width} x {height} pixels");
        if (3L * width * height > PngHeader.MaxDecodedBytes)
            throw new PixelNetException($"{name} claims {width} x {height} pixels, more than the {PngHeader.MaxDecodedBytes >> 20} MiB of decoded pixels that are read; cut it into smaller images");
        return new ImageHeader(width, height, ImageFormat.Jpeg);
    }

    private static PixelNetException Truncated(string name) => new($"{name} is truncated: the JPEG ends before its end marker; copy or download it again");

    private static PixelNetException Damaged(string name, string what) => new($"{name} is damaged: {what}; copy or download it again");
}
