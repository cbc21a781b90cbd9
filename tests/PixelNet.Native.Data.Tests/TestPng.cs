using System.Buffers.Binary;
using System.IO.Compression;
using PixelNet.Native.Data.Imaging;

namespace PixelNet.Native.Data.Tests;

/// <summary>A second PNG encoder, written from the specification alone: every depth, colour type, filter and interlacing, and broken files on purpose.</summary>
internal static class TestPng
{
    private static readonly (int X0, int Dx, int Y0, int Dy)[] Adam7 =
        [(0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2), (0, 1, 1, 2)];

    /// <summary>Encodes samples [height, width, channels]; row k of the stream gets filter filters[k % length].</summary>
    public static byte[] Encode(int width, int height, int depth, PngColorType color, ushort[] samples, bool interlaced = false,
        int[]? filters = null, byte[]? palette = null, int idatLength = int.MaxValue)
    {
        int channels = new PngHeader(1, 1, depth, color, false).Channels;
        filters ??= [0];
        using var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.Optimal, leaveOpen: true))
        {
            int k = 0;
            foreach (var (x0, dx, y0, dy) in interlaced ? Adam7 : [(0, 1, 0, 1)])
            {
                if (x0 >= width || y0 >= height) continue;
                int columns = (width - x0 + dx - 1) / dx;
                byte[] above = new byte[(columns * channels * depth + 7) / 8];
                for (int y = y0; y < height; y += dy)
                {
                    byte[] row = new byte[above.Length];
                    int bit = 0;
                    for (int x = x0; x < width; x += dx)
                        for (int c = 0; c < channels; c++)
                        {
                            int value = samples[(y * width + x) * channels + c];
                            if (depth == 16) (row[bit / 8], row[bit / 8 + 1]) = ((byte)(value >> 8), (byte)value);
                            else row[bit / 8] |= (byte)(value << (8 - depth - bit % 8));
                            bit += depth;
                        }
                    int filter = filters[k++ % filters.Length];
                    zlib.WriteByte((byte)filter);
                    zlib.Write(Filter(filter, row, above, Math.Max(1, channels * depth / 8)));
                    above = row;
                }
            }
        }
        var idat = data.ToArray();
        var chunks = new List<byte[]> { Chunk("IHDR", Header(width, height, depth, (int)color, interlaced)) };
        if (palette is not null) chunks.Add(Chunk("PLTE", palette));
        foreach (var part in idat.Chunk(Math.Min(idatLength, idat.Length))) chunks.Add(Chunk("IDAT", part));
        chunks.Add(Chunk("IEND", []));
        return File([.. chunks]);
    }

    public static byte[] File(params byte[][] chunks) => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, .. chunks.SelectMany(c => c)];

    public static byte[] Header(int width, int height, int depth, int color, bool interlaced = false)
    {
        var body = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(body, width);
        BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(4), height);
        (body[8], body[9], body[12]) = ((byte)depth, (byte)color, (byte)(interlaced ? 1 : 0));
        return body;
    }

    public static byte[] Chunk(string kind, byte[] body)
    {
        byte[] chunk = [0, 0, 0, 0, .. System.Text.Encoding.ASCII.GetBytes(kind), .. body, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(chunk, body.Length);
        uint crc = 0xFFFFFFFF;
        foreach (byte b in chunk.AsSpan(4, 4 + body.Length))
        {
            crc ^= b;
            for (int i = 0; i < 8; i++) crc = crc >> 1 ^ (0xEDB88320 & (uint)-(crc & 1));
        }
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + body.Length), ~crc);
        return chunk;
    }

    public static byte[] Deflate(byte[] bytes)
    {
        using var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.SmallestSize, leaveOpen: true)) zlib.Write(bytes);
        return data.ToArray();
    }

    private static byte[] Filter(int filter, byte[] row, byte[] above, int bpp)
    {
        var result = new byte[row.Length];
        for (int i = 0; i < row.Length; i++)
        {
            int a = i < bpp ? 0 : row[i - bpp], b = above[i], c = i < bpp ? 0 : above[i - bpp], p = a + b - c;
            int paeth = Math.Abs(p - a) <= Math.Abs(p - b) && Math.Abs(p - a) <= Math.Abs(p - c) ? a : Math.Abs(p - b) <= Math.Abs(p - c) ? b : c;
            result[i] = (byte)(row[i] - filter switch { 1 => a, 2 => b, 3 => (a + b) / 2, 4 => paeth, _ => 0 });
        }
        return result;
    }
}
