namespace PixelNet.Native.Data.Tests;

/// <summary>
/// The smallest baseline JPEG encoder there is: flat blocks of 8 x 8. All quantisers are 8, so a block's DC coefficient (8 times its mean, less 128)
/// becomes mean - 128 exactly; every AC coefficient is 0. Colour components, if any, are neutral, so R = G = B = the block's value.
/// </summary>
internal static class TestJpeg
{
    /// <summary>Encodes [blockRows, blockColumns] grey values.</summary>
    public static byte[] Encode(byte[,] blocks, bool color = false)
    {
        int rows = blocks.GetLength(0), columns = blocks.GetLength(1), components = color ? 3 : 1;
        var file = new List<byte> { 0xFF, 0xD8 };
        Segment(file, 0xDB, [0, .. Enumerable.Repeat((byte)8, 64)]);
        Segment(file, 0xC0, [8, (byte)(rows * 8 >> 8), (byte)(rows * 8), (byte)(columns * 8 >> 8), (byte)(columns * 8), (byte)components,
            .. Enumerable.Range(1, components).SelectMany(c => new byte[] { (byte)c, 0x11, 0 })]);
        // DC: twelve codes of 4 bits for the sizes 0..11. AC: one code, "0", for end-of-block.
        Segment(file, 0xC4, [0x00, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. Enumerable.Range(0, 12).Select(i => (byte)i)]);
        Segment(file, 0xC4, [0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x00]);
        Segment(file, 0xDA, [(byte)components, .. Enumerable.Range(1, components).SelectMany(c => new byte[] { (byte)c, 0x00 }), 0, 63, 0]);

        var bits = new List<bool>();
        int previous = 0;
        foreach (byte value in blocks)
        {
            int dc = value - 128, difference = dc - previous, size = 0;
            previous = dc;
            while (Math.Abs(difference) >> size != 0) size++;
            Bits(bits, size, 4);
            Bits(bits, difference < 0 ? difference + (1 << size) - 1 : difference, size);
            Bits(bits, 0, 1);
            for (int c = 1; c < components; c++) Bits(bits, 0, 5); // difference 0, then end-of-block
        }
        while (bits.Count % 8 != 0) bits.Add(true);
        for (int i = 0; i < bits.Count; i += 8)
        {
            byte b = 0;
            for (int j = 0; j < 8; j++) b = (byte)(b << 1 | (bits[i + j] ? 1 : 0));
            file.Add(b);
            if (b == 0xFF) file.Add(0);
        }
        file.AddRange([0xFF, 0xD9]);
        return [.. file];
    }

    private static void Segment(List<byte> file, byte marker, byte[] body) =>
        file.AddRange([0xFF, marker, (byte)(body.Length + 2 >> 8), (byte)(body.Length + 2), .. body]);

    private static void Bits(List<bool> bits, int value, int count)
    {
        for (int i = count - 1; i >= 0; i--) bits.Add((value >> i & 1) != 0);
    }
}
