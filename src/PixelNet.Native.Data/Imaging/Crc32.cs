using System.Buffers.Binary;

namespace PixelNet.Native.Data.Imaging;

/// <summary>CRC-32 of PNG chunks (ISO 3309, reflected polynomial 0xEDB88320), eight bytes a turn by eight tables.</summary>
internal static class Crc32
{
    // Tables[k][b]: what byte b contributes when k more bytes follow it in the turn.
    private static readonly uint[][] Tables = MakeTables();

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        uint crc = 0xFFFFFFFF;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            uint low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ crc, high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = Tables[7][low & 255] ^ Tables[6][low >> 8 & 255] ^ Tables[5][low >> 16 & 255] ^ Tables[4][low >> 24]
                ^ Tables[3][high & 255] ^ Tables[2][high >> 8 & 255] ^ Tables[1][high >> 16 & 255] ^ Tables[0][high >> 24];
        }
        foreach (byte b in bytes) crc = Tables[0][(byte)(crc ^ b)] ^ crc >> 8;
        return ~crc;
    }

    private static uint[][] MakeTables()
    {
        var tables = new uint[8][];
        for (int k = 0; k < 8; k++)
        {
            tables[k] = new uint[256];
            for (uint b = 0; b < 256; b++)
            {
                uint crc = k == 0 ? b : tables[k - 1][b];
                for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? 0xEDB88320 ^ crc >> 1 : crc >> 1;
                tables[k][b] = crc;
            }
        }
        return tables;
    }
}
