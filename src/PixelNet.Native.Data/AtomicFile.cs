namespace PixelNet.Native.Data;

/// <summary>
/// Writes a file whole or not at all: to <c>NAME.partial</c> in the same folder, flushed to disk, then renamed over the old file. Whatever
/// goes wrong, the old file is as it was and the temporary is removed; one left by a killed process is replaced by the next write.
/// </summary>
public static class AtomicFile
{
    /// <summary>Calls <paramref name="write"/> with the temporary's stream (write only, seekable, at position 0) and puts the result at <paramref name="path"/>.</summary>
    /// <exception cref="PixelNetException">The folder is missing or not writable, or the disk is full; the message names the file.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string temporary = path + ".partial";
        bool opened = false;
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                opened = true;
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception failure)
        {
            if (opened) Remove(temporary);
            if (Sentence(path, failure) is { } sentence) throw new PixelNetException(sentence, failure);
            throw;
        }
    }

    /// <summary>Writes UTF-8 text without a byte-order mark.</summary>
    /// <exception cref="PixelNetException">As in <see cref="Write"/>.</exception>
    public static void WriteText(string path, string text) =>
        Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    private static void Remove(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The first failure is the one to report.
        }
    }

    private static string? Sentence(string path, Exception failure) => failure switch
    {
        DirectoryNotFoundException => $"{path} cannot be written because its folder does not exist; make the folder or name another",
        UnauthorizedAccessException => $"{path} cannot be written because the folder or the file is not writable for this user; change its permissions or name another folder",
        IOException when IsDiskFull(failure) => $"{path} could not be written because the disk is full (the old file, if there was one, is unharmed); free some space and try again",
        IOException => $"{path} could not be written: {failure.Message}",
        _ => null,
    };

    // The raw errno on Unix (28 ENOSPC, 122 EDQUOT on Linux, 69 on macOS), Win32 codes 39 and 112 as HRESULT on Windows.
    private static bool IsDiskFull(Exception failure) =>
        OperatingSystem.IsWindows()
            ? failure.HResult is unchecked((int)0x80070027) or unchecked((int)0x80070070)
            : failure.HResult is 28 || failure.HResult == (OperatingSystem.IsMacOS() ? 69 : 122);
}
