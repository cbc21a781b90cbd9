using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Data.Cityscapes;
using PixelNet.Native.Data.Imaging;
using PixelNet.Native.Data.Loading;
using PixelNet.Native.Data.StreetScenes;
using PixelNet.Native.Sampling;
using Xunit;

namespace PixelNet.Native.Data.Tests;

public sealed class StreetScenesBaselineTests
{
    private static readonly LoaderOptions Options = new() { Height = 32, Width = 64, Images = 2, Pixels = 200, Seed = 3 };

    [Fact]
    public void What_colour_and_place_give_away_is_learned_whatever_the_number_of_threads()
    {
        // Four colours, a class each, a fifth class with two of them but at another place.
        var images = new PaintedImages((x, y) => x < 16 && y < 16 ? (4, x % 2) : ((x / 3 + y / 5) % 4, (x / 3 + y / 5) % 4));
        var score = Measure(images, images, Options, 150);
        Assert.InRange(score.MeanIou, 0.9, 1);
        Assert.All(score.ClassIou.Take(5), iou => Assert.InRange(iou, 0.8, 1));
        Assert.All(score.ClassIou.Skip(5), iou => Assert.True(double.IsNaN(iou)));
        Assert.Equal(score.ClassIou, Measure(images, images, Options with { Threads = 3 }, 150, threads: 3).ClassIou);
    }

    [Fact]
    public void What_only_neighbours_tell_is_not_learned()
    {
        // Stripes along x are one class, stripes along y the other, each in half of the places: no single pixel tells which.
        static PaintedImages Stripes(int shift) => new((x, y) => (x / 8 + y / 8 + shift) % 2 == 0 ? (0, x % 2) : (1, y % 2));
        var both = new Joined(Stripes(0), Stripes(1));
        Assert.InRange(Measure(both, both, Options, 100).MeanIou, 0, 0.55);
    }

    [Fact]
    public void Score_is_intersection_over_union()
    {
        // Class 0 everywhere when trained; a quarter is class 1 when evaluated: IoU 3/4 and 0.
        var train = new PaintedImages((_, _) => (0, 2));
        var validation = new PaintedImages((x, _) => (x < 16 ? 1 : 0, 2));
        var score = Measure(train, validation, Options, 30);
        Assert.Equal([0.75, 0], score.ClassIou.Take(2));
        Assert.Equal(0.375, score.MeanIou);
    }

    [Fact]
    public void Street_scenes_are_not_given_by_single_pixels()
    {
        using var folder = new TestFolder();
        StreetScenesWriter.Write(folder.Path, new StreetScenesOptions { Train = 48, Val = 12, Width = 128, Height = 64 }, cancellation: TestContext.Current.CancellationToken);
        CityscapesDataset train = CityscapesDataset.Open(folder.Path, "train"), val = CityscapesDataset.Open(folder.Path, "val");
        Assert.InRange(Measure(train, val, Options with { Height = 64, Width = 128, Images = 4, Pixels = 250, Flip = 0.5 }, 150).MeanIou, 0.1, 0.35);
    }

    private static PixelBaselineScore Measure(ISegmentationDataset train, ISegmentationDataset validation, LoaderOptions options, long steps, int threads = 1)
    {
        using var backend = new CpuBackend(threads);
        return PixelBaseline.Measure(train, validation, options, steps, [], backend, stop: TestContext.Current.CancellationToken);
    }

    /// <summary>Four images of 64 x 32; a pixel's class and colour (0..3) by its place, the colours a little noisy.</summary>
    private sealed class PaintedImages(Func<int, int, (int Class, int Color)> paint) : ISegmentationDataset
    {
        private static readonly byte[][] Colors = [[200, 60, 60], [60, 180, 70], [70, 80, 210], [220, 210, 60]];

        public LabelSet Labels => CityscapesLabels.LabelSet;

        public string Split => "train";

        public int Count => 4;

        public string Key(int index) => $"painted_{index}";

        public string ImagePath(int index) => Key(index);

        public string LabelPath(int index) => Key(index);

        public ImageHeader ImageHeader(int index) => new(64, 32, ImageFormat.Png);

        public RgbImage LoadImage(int index)
        {
            var random = new PhiloxStream((ulong)index, RandomPurpose.Scene, 0, 0);
            var pixels = new byte[3 * 64 * 32];
            for (int p = 0; p < 64 * 32; p++)
                for (int c = 0; c < 3; c++) pixels[3 * p + c] = (byte)(Colors[paint(p % 64, p / 64).Color][c] + random.NextInt(21) - 10);
            return new RgbImage(64, 32, pixels);
        }

        public LabelMap<byte> LoadLabels(int index) => new(64, 32, [.. Enumerable.Range(0, 64 * 32).Select(p => (byte)paint(p % 64, p / 64).Class)]);
    }

    private sealed class Joined(ISegmentationDataset a, ISegmentationDataset b) : ISegmentationDataset
    {
        public LabelSet Labels => a.Labels;

        public string Split => a.Split;

        public int Count => a.Count + b.Count;

        public string Key(int index) => index < a.Count ? a.Key(index) : b.Key(index - a.Count);

        public string ImagePath(int index) => Key(index);

        public string LabelPath(int index) => Key(index);

        public ImageHeader ImageHeader(int index) => a.ImageHeader(0);

        public RgbImage LoadImage(int index) => index < a.Count ? a.LoadImage(index) : b.LoadImage(index - a.Count);

        public LabelMap<byte> LoadLabels(int index) => index < a.Count ? a.LoadLabels(index) : b.LoadLabels(index - a.Count);
    }
}
