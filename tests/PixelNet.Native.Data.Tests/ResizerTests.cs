using CsCheck;
using PixelNet.Native.Data.Imaging;
using Xunit;

namespace PixelNet.Native.Data.Tests;

public sealed class ResizerTests
{
    private static readonly Gen<RgbImage> Images = Gen.Select(Gen.Int[1, 40], Gen.Int[1, 30], Gen.Int[0, 1000]).Select(TinyCityscapes.Picture);

    [Fact]
    public void Whole_ratios_give_exact_area_means() =>
        Gen.Select(Gen.Int[1, 12], Gen.Int[1, 12], Gen.Int[1, 7], Gen.Int[1, 7], Gen.Int[0, 1000]).Sample((w, h, rx, ry, seed) =>
        {
            var source = TinyCityscapes.Picture(w * rx, h * ry, seed);
            var target = Resizer.Resize(source, w, h);
            for (int y = 0; y < h; y++)
                for (int x = 0; x < w; x++)
                    for (int c = 0; c < 3; c++)
                    {
                        int sum = 0;
                        for (int j = 0; j < ry; j++)
                            for (int i = 0; i < rx; i++) sum += source.Pixels[((y * ry + j) * source.Width + x * rx + i) * 3 + c];
                        Assert.Equal((2 * sum + rx * ry) / (2 * rx * ry), target.Pixels[(y * w + x) * 3 + c]);
                    }
        }, iter: 200);

    [Fact]
    public void Any_rectangle_equals_the_definition() =>
        (from image in Images
         from x in Gen.Double[-20, 40]
         from y in Gen.Double[-20, 30]
         from width in Gen.Double[0.5, 60]
         from height in Gen.Double[0.5, 60]
         from mirrored in Gen.Bool
         from size in Gen.Select(Gen.Int[1, 30], Gen.Int[1, 20])
         select (image, new SourceRectangle(x, y, width, height, mirrored), size)).Sample(t =>
        {
            var (image, from, (width, height)) = t;
            var target = new byte[3 * width * height];
            new Resizer().Resize(image, from, target, width, height);
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++)
                    for (int c = 0; c < 3; c++)
                    {
                        double expected = BoxMean(image, from, x, y, width, height, c);
                        int at = (y * width + (from.Mirrored ? width - 1 - x : x)) * 3 + c;
                        Assert.InRange(target[at] - expected, -0.501, 0.501);
                    }
        }, iter: 200);

    // The mean over a box around the target's centre of the image continued by its border, summed pixel by pixel.
    private static double BoxMean(RgbImage image, SourceRectangle from, int x, int y, int width, int height, int channel)
    {
        double rx = from.Width / width, ry = from.Height / height, hx = Math.Max(rx, 1) / 2, hy = Math.Max(ry, 1) / 2;
        double cx = from.X + (x + 0.5) * rx, cy = from.Y + (y + 0.5) * ry, sum = 0;
        for (int j = (int)Math.Floor(cy - hy); j < cy + hy; j++)
            for (int i = (int)Math.Floor(cx - hx); i < cx + hx; i++)
            {
                double overlap = (Math.Min(j + 1, cy + hy) - Math.Max(j, cy - hy)) * (Math.Min(i + 1, cx + hx) - Math.Max(i, cx - hx));
                sum += overlap * image.Pixels[(Math.Clamp(j, 0, image.Height - 1) * image.Width + Math.Clamp(i, 0, image.Width - 1)) * 3 + channel];
            }
        return sum / (4 * hx * hy);
    }

    [Fact]
    public void Enlarging_is_bilinear_between_pixel_centres()
    {
        // A ramp of 10 a pixel, three times as wide: 10/3 a pixel between the outer centres, constant beyond.
        var ramp = new RgbImage(5, 1, [.. Enumerable.Range(0, 15).Select(i => (byte)(i / 3 * 10 + 50))]);
        var target = Resizer.Resize(ramp, 15, 4);
        for (int x = 0; x < 15; x++)
            Assert.Equal((byte)Math.Round(50 + 10 * Math.Clamp((x + 0.5) / 3 - 0.5, 0, 4)), target.Pixels[3 * (2 * 15 + x)]);
    }

    [Fact]
    public void Labels_follow_the_centre_rule_and_are_marked_outside()
    {
        var source = new LabelMap<byte>(6, 4, [.. Enumerable.Range(0, 24).Select(i => (byte)i)]);
        // floor((x + 0.5) * 2): the odd ones.
        Assert.Equal([7, 9, 11, 19, 21, 23], Resizer.ResizeLabels(source, 3, 2).Labels);
        var target = new byte[16];
        new Resizer().ResizeLabels(source, new SourceRectangle(4, -2, 4, 4, Mirrored: true), (byte)255, target, 4, 4);
        Assert.Equal([255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 5, 4, 255, 255, 11, 10], target);
    }

    [Fact]
    public void Image_and_labels_stay_aligned() => Gen.Select(Gen.Double[-5, 20], Gen.Double[3, 40], Gen.Bool).Sample((start, length, mirrored) =>
    {
        // Left half black and class 0, right half white and class 1: nearest labels change where the image passes 50 %.
        var image = new RgbImage(20, 2, [.. Enumerable.Range(0, 120).Select(i => (byte)(i / 3 % 20 < 10 ? 0 : 255))]);
        var labels = new LabelMap<byte>(20, 2, [.. Enumerable.Range(0, 40).Select(i => (byte)(i % 20 / 10))]);
        var from = new SourceRectangle(start, 0, length, 2, mirrored);
        var (pixels, classes) = (new byte[3 * 17 * 2], new byte[17 * 2]);
        var resizer = new Resizer();
        resizer.Resize(image, from, pixels, 17, 2);
        resizer.ResizeLabels(labels, from, (byte)255, classes, 17, 2);
        for (int i = 0; i < 34; i++)
            if (classes[i] != 255 && pixels[3 * i] is < 120 or > 135) Assert.Equal(pixels[3 * i] > 127 ? 1 : 0, classes[i]);
        var nearest = new byte[3 * 17 * 2];
        resizer.ResizeNearest(image, from, nearest, 17, 2);
        for (int i = 0; i < 34; i++)
            if (classes[i] != 255) Assert.Equal(classes[i] * 255, nearest[3 * i]);
    });

    [Fact]
    public void Identity_changes_nothing() => Images.Sample(image =>
        Assert.Equal(image.Pixels, Resizer.Resize(image, image.Width, image.Height).Pixels), iter: 50);
}
