namespace PixelNet.Native.Data.Weights.Formats;

/// <summary>
/// Unpacks Snappy's raw form: the unpacked length as a varint, then pieces. A tag's two low bits say what follows: 0 literal bytes (length - 1 in the
/// upper six bits, or in 1 to 4 bytes), 1 a copy of 4 to 11 bytes (11-bit offset), 2 and 3 a copy of 1 to 64 bytes (16- and 32-bit offset).
/// </summary>
/// <remarks>https://github.com/google/snappy/blob/main/format_description.txt</remarks>
internal static class Snappy
{
    // The best piece, a copy of 64 bytes, costs three bytes.
    private const int MostExpansion = 22;

    /// <summary>Unpacks.</summary>
    /// <exception cref="InvalidDataException">The bytes are not Snappy's.</exception>
    public static byte[] Unpack(ReadOnlySpan<byte> packed)
    {
        ulong length = 0;
        int at = 0;
        for (int shift = 0; ; shift += 7)
        {
            if (shift > 28 || at == packed.Length) throw Bad();
            length |= (ulong)(packed[at] & 0x7F) << shift;
            if (packed[at++] < 0x80) break;
        }
        if (length > (ulong)packed.Length * MostExpansion) throw Bad();
        var unpacked = new byte[length];
        int filled = 0;
        while (at < packed.Length)
        {
            int tag = packed[at++], kind = tag & 3, extra = kind switch { 0 => Math.Max(0, (tag >> 2) - 59), 3 => 4, _ => kind };
            if (extra > packed.Length - at) throw Bad();
            long number = 0;
            for (int i = 0; i < extra; i++) number |= (long)packed[at++] << (8 * i);
            if (kind == 0)
            {
                long count = 1 + (extra == 0 ? tag >> 2 : number);
                if (count > packed.Length - at || count > unpacked.Length - filled) throw Bad();
                packed.Slice(at, (int)count).CopyTo(unpacked.AsSpan(filled));
                at += (int)count;
                filled += (int)count;
                continue;
            }
            long offset = kind == 1 ? number | (long)(tag >> 5) << 8 : number;
            int copied = kind == 1 ? 4 + ((tag >> 2) & 7) : 1 + (tag >> 2);
            if (offset == 0 || offset > filled || copied > unpacked.Length - filled) throw Bad();
            // Byte by byte: a copy may overlap what it writes.
            for (int i = 0; i < copied; i++, filled++) unpacked[filled] = unpacked[filled - (int)offset];
        }
        return filled == unpacked.Length ? unpacked : throw Bad();
    }

    private static InvalidDataException Bad() => new("A block is not valid Snappy.");
}
