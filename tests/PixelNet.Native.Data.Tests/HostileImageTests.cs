using PixelNet.Native.Data.Imaging;
using PixelNet.Native.Sampling;
using Xunit;

namespace PixelNet.Native.Data.Tests;

/// <summary>Damaged and malicious images: one sentence that names the file, no other exception, little memory, little time.</summary>
public sealed class HostileImageTests
{
    private static readonly byte[] Grey = TestPng.Encode(8, 4, 8, PngColorType.Grey, [.. Enumerable.Range(0, 32).Select(i => (ushort)(i * 7))]);
    private static readonly byte[] Jpeg = TestJpeg.Encode(new byte[,] { { 10, 200, 30 }, { 128, 0, 255 } }, color: true);

    public static TheoryData<byte[], string> BrokenPngs() => new()
    {
        { [], "not a PNG" },
        { Grey[..20], "truncated" },
        { Grey[..^1], "truncated" },
        { Grey[..^13], "truncated" },
        { With(Grey, 16, 77), "checksum" },
        { With(Grey, Grey.Length - 14, 77), "checksum" },
        { TestPng.File(TestPng.Chunk("IHDR", TestPng.Header(8, 4, 8, 0)), TestPng.Chunk("IEND", [])), "no IDAT" },
        { TestPng.File(TestPng.Chunk("IHDR", TestPng.Header(60000, 60000, 8, 0)), TestPng.Chunk("IEND", [])), "claims 60000 x 60000" },
        { TestPng.File(TestPng.Chunk("IHDR", TestPng.Header(0, 4, 8, 0))), "0 x 4" },
        { TestPng.File(TestPng.Chunk("IHDR", TestPng.Header(-1, 4, 8, 0))), "pixels" },
        { TestPng.File(TestPng.Chunk("IHDR", TestPng.Header(8, 4, 3, 0))), "bit depth 3" },
        { TestPng.File(TestPng.Chunk("IHDR", TestPng.Header(8, 4, 16, 3))), "bit depth 16" },
        // A header within the cap over a handful of data: refused before 256 MB are allocated.
        { Around(9000, 9000, TestPng.Deflate(new byte[100])), "cannot hold" },
        { Around(8, 4, TestPng.Deflate(new byte[9 * 3 + 5])), "end in row 3" },
        { Around(8, 4, TestPng.Deflate([.. new byte[18], 5, .. new byte[17]])), "filter 5" },
        { Around(8, 4, [1, 2, 3, 4]), "invalid" },
        { Around(8, 4, TestPng.Deflate(new byte[36]), color: 3), "PLTE" },
        { TestPng.File(TestPng.Chunk("IHDR", TestPng.Header(8, 4, 8, 0)), TestPng.Chunk("ABCD", [1])), "neither known nor optional" },
    };

    [Theory]
    [MemberData(nameof(BrokenPngs))]
    public void A_broken_PNG_gives_one_sentence(byte[] file, string part)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        string message = Assert.Throws<PixelNetException>(() => PngReader.ReadLabels(file, "some.png")).Message;
        Assert.StartsWith("some.png ", message);
        Assert.Contains(part, message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void A_zip_bomb_is_read_only_as_far_as_its_header_says()
    {
        var bomb = Around(8, 4, TestPng.Deflate(new byte[64 << 20]));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(new byte[32], PngReader.ReadLabels(bomb, "bomb.png").Labels);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void A_JPEG_decodes_and_its_faults_are_named()
    {
        foreach (bool color in new[] { false, true })
        {
            var image = ImageFile.Read(TestJpeg.Encode(new byte[,] { { 10, 200, 30 }, { 128, 0, 255 } }, color), "some.jpg");
            Assert.Equal((24, 16), (image.Width, image.Height));
            Assert.Equal([10, 10, 10], image.Pixels[..3]);
            Assert.Equal([255, 255, 255], image.Pixels[^3..]);
        }
        int frame = Jpeg.AsSpan().IndexOf<byte>([0xFF, 0xC0]);
        Assert.Contains("truncated", Fault(Jpeg[..^2]));
        Assert.Contains("truncated", Fault(Jpeg[..40]));
        Assert.Contains("claims 65535 x 65535", Fault(With(With(With(With(Jpeg, frame + 5, 255), frame + 6, 255), frame + 7, 255), frame + 8, 255)));
        Assert.Contains("cannot hold", Fault(With(Jpeg, frame + 5, 40)));
        Assert.Contains("0 x 16", Fault(With(With(Jpeg, frame + 7, 0), frame + 8, 0)));
        Assert.Contains("rare kind", Fault(With(Jpeg, frame + 1, 0xC9)));
        Assert.Contains("neither a PNG nor a JPEG", Fault([1, 2, 3, 4]));
        Assert.Contains("empty", Fault([]));

        static string Fault(byte[] file)
        {
            string message = Assert.Throws<PixelNetException>(() => ImageFile.Read(file, "some.jpg")).Message;
            Assert.StartsWith("some.jpg ", message);
            return message;
        }
    }

    [Fact]
    public void Missing_files_and_folders_give_one_sentence()
    {
        using var folder = new TestFolder();
        string missing = Path.Combine(folder.Path, "no", "a.png");
        Assert.Contains("does not exist", Assert.Throws<PixelNetException>(() => ImageFile.Read(missing)).Message);
        Assert.Contains("is a folder", Assert.Throws<PixelNetException>(() => PngReader.Peek(folder.Path)).Message);
    }

    [Fact]
    public void Mutated_files_neither_crash_nor_hang() => Mutate(200);

    [Fact]
    [Trait("Category", "All")]
    public void Many_mutated_files_neither_crash_nor_hang() => Mutate(2000);

    private static void Mutate(int count)
    {
        byte[][] originals =
        [
            Grey, Jpeg, TestJpeg.Encode(new byte[9, 9]),
            TestPng.Encode(9, 9, 2, PngColorType.Palette, new ushort[81], interlaced: true, palette: new byte[12]),
            TestPng.Encode(5, 7, 16, PngColorType.Rgba, [.. Enumerable.Range(0, 140).Select(i => (ushort)(i * 451))], filters: [4, 3]),
        ];
        for (int i = 0; i < count; i++)
        {
            var random = new PhiloxStream(2024, 1, (uint)i, 0);
            var original = originals[i % originals.Length];
            var file = original.ToArray();
            for (int k = random.NextInt(4); k >= 0; k--) file[random.NextInt(file.Length)] = (byte)random.NextInt(256);
            if (random.NextInt(4) == 0) file = file[..random.NextInt(file.Length)];
            // Half of the PNGs get right checksums again, so that the damage reaches the decoder.
            if (original[0] == 0x89 && random.NextInt(2) == 0) RepairChecksums(file);
            long before = GC.GetAllocatedBytesForCurrentThread();
            var clock = System.Diagnostics.Stopwatch.StartNew();
            try
            {
                var image = ImageFile.Read(file, "mutant");
                Assert.Equal(3 * image.Width * image.Height, image.Pixels.Length);
            }
            catch (PixelNetException failure)
            {
                Assert.StartsWith("mutant ", failure.Message);
            }
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
            Assert.InRange(clock.ElapsedMilliseconds, 0, 5000);
        }
    }

    private static void RepairChecksums(byte[] file)
    {
        for (int at = 8; at + 12 <= file.Length;)
        {
            int length = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            if (length < 0 || length > file.Length - at - 12) return;
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(at + 8 + length), Crc32.Of(file.AsSpan(at + 4, 4 + length)));
            at += 12 + length;
        }
    }

    private static byte[] Around(int width, int height, byte[] idat, int color = 0) => TestPng.File(
        TestPng.Chunk("IHDR", TestPng.Header(width, height, 8, color)), TestPng.Chunk("IDAT", idat), TestPng.Chunk("IEND", []));

    private static byte[] With(byte[] file, int at, int value)
    {
        var copy = file.ToArray();
        copy[at] = (byte)value;
        return copy;
    }
}
