namespace PixelNet.Native.Data.Imaging;

/// <summary>Reads files whole, or their heads, with failures as one sentence.</summary>
internal static class FileBytes
{
    /// <summary>Largest image file that is read, 2^29 bytes: more than any image within <see cref="PngHeader.MaxDecodedBytes"/> needs.</summary>
    private const long MaxLength = 1L << 29;

    public static byte[] ReadAll(string path) => Read(path, int.MaxValue);

    /// <summary>The first <paramref name="count"/> bytes, fewer when the file is shorter.</summary>
    public static byte[] ReadHead(string path, int count) => Read(path, count);

    private static byte[] Read(string path, int count)
    {
        try
        {
            // Buffer size 0: one read call goes straight into the array.
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
            long length = Math.Min(stream.Length, count);
            if (length > MaxLength)
                throw new PixelNetException($"{path} is {stream.Length >> 20} MiB long, more than the {MaxLength >> 20} MiB that are read of an image file; check that it is an image");
            var bytes = new byte[length];
            int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return read == bytes.Length ? bytes : bytes[..read];
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PixelNetException($"{path} does not exist; check the path", failure);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new PixelNetException($"{path} cannot be read: it is a folder, or this user has no permission", failure);
        }
        catch (Exception failure) when (failure is IOException or NotSupportedException)
        {
            throw new PixelNetException($"{path} cannot be read: {failure.Message}", failure);
        }
    }
}
