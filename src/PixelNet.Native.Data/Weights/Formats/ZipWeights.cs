using System.IO.Compression;

namespace PixelNet.Native.Data.Weights.Formats;

/// <summary>Zip archives: PyTorch's since 1.6, NumPy's .npz and Keras 3's .keras. Entries are read where they lie; nothing is ever unpacked to disk, so their names
/// cannot lead anywhere.</summary>
internal static class ZipWeights
{
    // DEFLATE cannot do better than 1032 to 1.
    private const long MostExpansion = 1032;

    /// <summary>Opens an archive of any of these kinds.</summary>
    public static WeightFile Open(Stream stream, string source)
    {
        var archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        var entries = new Dictionary<string, ZipArchiveEntry>(StringComparer.Ordinal);
        foreach (var entry in archive.Entries)
            if (!entries.TryAdd(entry.FullName, entry)) throw new PixelNetException($"{source} holds '{WeightFile.Shorten(entry.FullName)}' twice; the archive is damaged");
        if (entries.Keys.FirstOrDefault(name => name == "data.pkl" || name.EndsWith("/data.pkl", StringComparison.Ordinal)) is { } pickle)
            return new TorchZipFile(stream, source, entries, pickle);
        if (entries.Keys.Any(name => name.EndsWith(".npy", StringComparison.Ordinal))) return new NpzFile(stream, source, entries.Values);
        if (entries.TryGetValue("model.weights.h5", out var keras)) return new Hdf5File(Weights(stream, keras, source), $"{source} (model.weights.h5)", stream);
        throw new PixelNetException($"{source} is a zip archive of {entries.Count} files, but neither PyTorch's (no data.pkl) nor NumPy's (no .npy); unpack it and import the weights themselves");
    }

    // Keras 3 stores it as it is; another archiver's packing hardly helps, since weights do not pack.
    private static Stream Weights(Stream file, ZipArchiveEntry entry, string source)
    {
        long length = CheckedLength(entry, source, file.Length);
        var stream = OpenAt(file, entry, 0);
        if (stream is SliceStream) return stream;
        if (length > 2 * file.Length || length > Array.MaxLength) throw new PixelNetException($"{source} packs the {length:N0} bytes of 'model.weights.h5' into {entry.CompressedLength:N0}, which weights do not allow; unpack it and import that");
        var bytes = new byte[length];
        using (stream) stream.ReadExactly(bytes);
        return new MemoryStream(bytes);
    }

    /// <summary>Bytes that an entry claims to hold, once they are plausible.</summary>
    public static long CheckedLength(ZipArchiveEntry entry, string source, long fileLength)
    {
        long length = entry.Length, packed = entry.CompressedLength;
        if (length < 0 || packed < 0 || packed > fileLength || length > packed * MostExpansion + 64)
            throw new PixelNetException($"{source} claims {length:N0} bytes for '{WeightFile.Shorten(entry.FullName)}' out of {packed:N0} packed ones, which is not possible; the archive is damaged or hostile");
        return length;
    }

    /// <summary>An entry's bytes from a place on: where they lie if they are stored, which can be read anywhere; else unpacked, forwards only. Who reads them all
    /// in order has them compared with the entry's CRC-32.</summary>
    public static Stream OpenAt(Stream file, ZipArchiveEntry entry, long skip)
    {
        var stream = entry.Open();
        var head = new byte[skip];
        if (stream is not DeflateStream && entry.Length == entry.CompressedLength && entry.Length > 0)
        {
            // The library does not say where they begin, but its first read does.
            stream.ReadExactly(stackalloc byte[1]);
            long start = file.Position - 1;
            new SliceStream(file, start, skip).ReadExactly(head);
            return new SliceStream(file, start + skip, entry.Length - skip, new EntryCheck(entry, head));
        }
        stream.ReadExactly(head);
        return new ForwardStream(stream, new EntryCheck(entry, head));
    }

    /// <summary>An entry's bytes, in memory.</summary>
    public static byte[] ReadAll(ZipArchiveEntry entry, string source, long fileLength, int most)
    {
        long length = CheckedLength(entry, source, fileLength);
        if (length > most) throw new PixelNetException($"{source} has a '{WeightFile.Shorten(entry.FullName)}' of {length:N0} bytes, more than the {most:N0} that are read; it is no state dict");
        var bytes = new byte[length];
        using var stream = entry.Open();
        stream.ReadExactly(bytes);
        _ = new EntryCheck(entry, bytes);
        return bytes;
    }
}
