using System.IO.Compression;
using PixelNet.Native.Data.Imaging;

namespace PixelNet.Native.Data.Weights.Formats;

/// <summary>Compares a zip entry's bytes with its CRC-32, which the library does not, once they have all been seen in order. What is read in another order is not compared.</summary>
internal sealed class EntryCheck
{
    private readonly ZipArchiveEntry _entry;
    private readonly long _skipped;
    private long _seen;
    private uint _crc;

    /// <param name="entry">The entry.</param>
    /// <param name="head">Bytes at its beginning that are not part of what is read from then on.</param>
    public EntryCheck(ZipArchiveEntry entry, ReadOnlySpan<byte> head)
    {
        (_entry, _skipped) = (entry, head.Length);
        Add(-head.Length, head);
    }

    /// <summary>Takes bytes that were read from a place behind the head.</summary>
    /// <exception cref="InvalidDataException">They were the last ones, and the sum differs.</exception>
    public void Add(long position, ReadOnlySpan<byte> bytes)
    {
        if (position + _skipped != _seen || bytes.IsEmpty) return;
        _crc = Crc32.Append(_crc, bytes);
        _seen += bytes.Length;
        if (_seen == _entry.Length && _crc != _entry.Crc32)
            throw new InvalidDataException($"The CRC-32 of '{WeightFile.Shorten(_entry.FullName)}' is {_crc:x8}, not {_entry.Crc32:x8} as the archive says.");
    }
}
