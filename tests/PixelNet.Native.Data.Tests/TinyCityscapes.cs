using PixelNet.Native.Data.Imaging;

namespace PixelNet.Native.Data.Tests;

/// <summary>A Cityscapes folder of a few tiny pairs, and one CamVid folder; contents are noise by index.</summary>
internal static class TinyCityscapes
{
    /// <summary>Writes pairs of every second city; returns the root. Labels hold all 34 ids.</summary>
    public static string Write(TestFolder folder, string split = "train", int count = 6, int width = 24, int height = 16, string annotation = "gtFine")
    {
        for (int i = 0; i < count; i++)
        {
            var (city, key) = Name(i);
            PngWriter.WriteRgb(folder.File("leftImg8bit", split, city, key + "_leftImg8bit.png"), Picture(width, height, i));
            PngWriter.WriteGrey8(folder.File(annotation, split, city, $"{key}_{annotation}_labelIds.png"), Ids(width, height, i));
        }
        return folder.Path;
    }

    public static (string City, string Key) Name(int i) => (i % 2 == 0 ? "ulm" : "aachen", $"{(i % 2 == 0 ? "ulm" : "aachen")}_{i:000000}_{4217 + i:000000}");

    public static string LabelPath(TestFolder folder, int i, string split = "train") =>
        folder.File("gtFine", split, Name(i).City, Name(i).Key + "_gtFine_labelIds.png");

    public static RgbImage Picture(int width, int height, int seed)
    {
        var pixels = new byte[3 * width * height];
        new Random(seed).NextBytes(pixels);
        return new RgbImage(width, height, pixels);
    }

    public static LabelMap<byte> Ids(int width, int height, int seed) =>
        new(width, height, [.. Enumerable.Range(0, width * height).Select(p => (byte)((p + seed) % 34))]);
}
