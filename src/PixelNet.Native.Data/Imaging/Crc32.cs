using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PixelNet.Native.Data.Imaging;

/// <summary>CRC-32 of PNG chunks and zip entries (ISO 3309, reflected polynomial 0xEDB88320), eight bytes a turn by eight tables.</summary>
internal static class Crc32
{
    // Table[256k + b]: what byte b contributes when k more bytes follow it in the turn.
    private static readonly uint[] Table = MakeTable();

    public static uint Of(ReadOnlySpan<byte> bytes) => Append(0, bytes);

    /// <summary>That of all bytes so far, <paramref name="crc"/>, and these behind them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        ref uint table = ref MemoryMarshal.GetArrayDataReference(Table);
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            ulong turn = BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ crc;
            uint low = (uint)turn, high = (uint)(turn >> 32);
            crc = Unsafe.Add(ref table, 0x700 + (low & 255)) ^ Unsafe.Add(ref table, 0x600 + (low >> 8 & 255)) ^ Unsafe.Add(ref table, 0x500 + (low >> 16 & 255)) ^ Unsafe.Add(ref table, 0x400 + (low >> 24))
                ^ Unsafe.Add(ref table, 0x300 + (high & 255)) ^ Unsafe.Add(ref table, 0x200 + (high >> 8 & 255)) ^ Unsafe.Add(ref table, 0x100 + (high >> 16 & 255)) ^ Unsafe.Add(ref table, high >> 24);
        }
        foreach (byte b in bytes) crc = Table[(byte)(crc ^ b)] ^ crc >> 8;
        return ~crc;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[8 * 256];
        for (int i = 0; i < table.Length; i++)
        {
            uint crc = i < 256 ? (uint)i : table[i - 256];
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? 0xEDB88320 ^ crc >> 1 : crc >> 1;
            table[i] = crc;
        }
        return table;
    }
}
