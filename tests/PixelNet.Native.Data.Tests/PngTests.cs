using CsCheck;
using PixelNet.Native.Data.Imaging;
using Xunit;

namespace PixelNet.Native.Data.Tests;

public sealed class PngTests
{
    private static readonly (PngColorType Color, int Depth)[] Forms =
    [
        (PngColorType.Grey, 1), (PngColorType.Grey, 2), (PngColorType.Grey, 4), (PngColorType.Grey, 8), (PngColorType.Grey, 16),
        (PngColorType.Palette, 1), (PngColorType.Palette, 2), (PngColorType.Palette, 4), (PngColorType.Palette, 8),
        (PngColorType.Rgb, 8), (PngColorType.Rgb, 16), (PngColorType.GreyAlpha, 8), (PngColorType.GreyAlpha, 16), (PngColorType.Rgba, 8), (PngColorType.Rgba, 16),
    ];

    private sealed record Sample(PngColorType Color, int Depth, int Width, int Height, bool Interlaced, int[] Filters, int IdatLength, ushort[] Values, byte[] Palette);

    private static readonly Gen<Sample> Samples =
        from form in Gen.OneOf([.. Forms.Select(Gen.Const)])
        from width in Gen.Int[1, 40]
        from height in Gen.Int[1, 20]
        from interlaced in Gen.Bool
        from filters in Gen.Int[0, 4].Array[1, 7]
        from idatLength in Gen.Int[1, 200]
        from values in Gen.UShort[0, (ushort)((1 << form.Depth) - 1)].Array[width * height * new PngHeader(1, 1, form.Depth, form.Color, false).Channels]
        from palette in Gen.Byte.Array[3 << form.Depth % 16]
        select new Sample(form.Color, form.Depth, width, height, interlaced, filters, idatLength, values, palette);

    [Fact]
    public void Every_form_reads_back_as_it_was_encoded() => Samples.Sample(s =>
    {
        var file = TestPng.Encode(s.Width, s.Height, s.Depth, s.Color, s.Values, s.Interlaced, s.Filters, s.Color == PngColorType.Palette ? s.Palette : null, s.IdatLength);
        int channels = s.Values.Length / (s.Width * s.Height), max = (1 << s.Depth) - 1;
        var image = PngReader.ReadRgb(file, "x.png");
        Assert.Equal((s.Width, s.Height), (image.Width, image.Height));
        for (int p = 0; p < s.Width * s.Height; p++)
            for (int c = 0; c < 3; c++)
            {
                int stored = s.Values[p * channels + (channels >= 3 ? c : 0)];
                int expected = s.Color == PngColorType.Palette ? s.Palette[3 * stored + c] : (int)Math.Round(stored * 255.0 / max);
                Assert.Equal(expected, image.Pixels[3 * p + c]);
            }
        if (channels == 1)
        {
            Assert.Equal(s.Values, PngReader.ReadLabels16(file, "x.png").Labels);
            if (s.Values.All(v => v < 256)) Assert.Equal(s.Values, PngReader.ReadLabels(file, "x.png").Labels.Select(v => (ushort)v));
            else Assert.Contains("instance map", Assert.Throws<PixelNetException>(() => PngReader.ReadLabels(file, "x.png")).Message);
        }
        else Assert.Contains("x.png", Assert.Throws<PixelNetException>(() => PngReader.ReadLabels(file, "x.png")).Message);
    }, iter: 400);

    [Fact]
    public void What_the_writer_writes_reads_back() =>
        Gen.Select(Gen.Int[1, 50], Gen.Int[1, 30], Gen.Int[0, 1 << 30]).Sample((width, height, seed) =>
        {
            var random = new Random(seed);
            byte[] Bytes(int channels)
            {
                // Half noise, half smooth, so that every filter wins somewhere.
                var bytes = new byte[width * height * channels];
                random.NextBytes(bytes);
                for (int i = channels; i < bytes.Length / 2; i++) bytes[i] = (byte)(bytes[i - channels] + 1);
                return bytes;
            }
            using var stream = new MemoryStream();
            byte[] Written(Action<Stream> write)
            {
                stream.SetLength(0);
                write(stream);
                return stream.ToArray();
            }
            var rgb = new RgbImage(width, height, Bytes(3));
            Assert.Equal(rgb.Pixels, PngReader.ReadRgb(Written(s => PngWriter.WriteRgb(s, rgb)), "x").Pixels);
            var rgba = Bytes(4);
            Assert.Equal(rgba.Where((_, i) => i % 4 != 3), PngReader.ReadRgb(Written(s => PngWriter.WriteRgba(s, width, height, rgba)), "x").Pixels);
            var grey = new LabelMap<byte>(width, height, Bytes(1));
            Assert.Equal(grey.Labels, PngReader.ReadLabels(Written(s => PngWriter.WriteGrey8(s, grey)), "x").Labels);
            int[] colors = [.. Enumerable.Range(0, 256).Select(_ => random.Next(1 << 24))];
            var palette = Written(s => PngWriter.WritePalette(s, grey, colors));
            Assert.Equal(grey.Labels, PngReader.ReadLabels(palette, "x").Labels);
            var shown = PngReader.ReadRgb(palette, "x").Pixels;
            Assert.Equal(grey.Labels.Select(v => colors[v]), shown.Chunk(3).Select(p => p[0] << 16 | p[1] << 8 | p[2]));
            var wide = new LabelMap<ushort>(width, height, [.. Enumerable.Range(0, width * height).Select(_ => (ushort)random.Next(65536))]);
            Assert.Equal(wide.Labels, PngReader.ReadLabels16(Written(s => PngWriter.WriteGrey16(s, wide)), "x").Labels);
        }, iter: 100);

    [Fact]
    public void A_file_is_read_by_its_content_and_peeked_without_decoding()
    {
        using var folder = new TestFolder();
        string path = folder.File("really-a-png.jpg");
        PngWriter.WriteGrey16(path, new LabelMap<ushort>(3, 2, [0, 1, 2, 3, 4, 65535]));
        Assert.Equal(new PngHeader(3, 2, 16, PngColorType.Grey, false), PngReader.Peek(path));
        Assert.Equal(new ImageHeader(3, 2, ImageFormat.Png), ImageFile.Peek(path));
        Assert.Equal(255, ImageFile.Read(path).Pixels[^1]);
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void The_checksum_is_that_of_the_specification()
    {
        Assert.Equal(0xAE426082, Crc32.Of("IEND"u8));
        Assert.Equal(0xCBF43926, Crc32.Of("123456789"u8));
    }
}
