using PixelNet.Native.Data.Cityscapes;
using PixelNet.Native.Data.Imaging;
using PixelNet.Native.Data.StreetScenes;
using Xunit;

namespace PixelNet.Native.Data.Tests;

public sealed class StreetScenesWriterTests
{
    private static readonly StreetScenesOptions Small = new() { Train = 8, Val = 3, Test = 2, Width = 64, Height = 32, Threads = 1 };

    [Fact]
    public void Layout_is_that_of_Cityscapes()
    {
        using var folder = new TestFolder();
        int last = 0;
        Write(folder.Path, Small, (done, all) => Assert.Equal((++last, 13), (done, all)));
        Assert.Equal(13, last);
        foreach (string split in StreetScenesGenerator.Splits)
        {
            var dataset = Assert.IsType<CityscapesDataset>(Datasets.Open(folder.Path, split));
            Assert.Equal(Small.Count(split), dataset.Count);
            for (int i = 0; i < dataset.Count; i++)
            {
                Assert.Matches("^[a-z]+_[0-9]{6}_[0-9]{6}$", dataset.Key(i));
                string city = dataset.Key(i).Split('_')[0], stem = Path.Combine(folder.Path, "gtFine", split, city, dataset.Key(i) + "_gtFine_");
                Assert.Equal(Path.Combine(folder.Path, "leftImg8bit", split, city, dataset.Key(i) + "_leftImg8bit.png"), dataset.ImagePath(i));
                Assert.Equal(stem + "labelIds.png", dataset.LabelPath(i));
                Assert.Equal((8, true), (PngReader.Peek(stem + "labelIds.png").BitDepth, PngReader.Peek(stem + "labelIds.png").IsSingleChannel));
                Assert.Equal((16, true), (PngReader.Peek(stem + "instanceIds.png").BitDepth, PngReader.Peek(stem + "instanceIds.png").IsSingleChannel));
                Assert.Equal(PngColorType.Rgba, PngReader.Peek(stem + "color.png").ColorType);
            }
        }
    }

    [Fact]
    public void Files_hold_the_scenes_and_test_labels_are_hidden()
    {
        using var folder = new TestFolder();
        Write(folder.Path, Small);
        foreach (var (split, index) in (ReadOnlySpan<(string, int)>)[("train", 0), ("train", 7), ("val", 2), ("test", 1)])
        {
            var scene = StreetScenesGenerator.Render(Small.Seed, split, index, Small.Width, Small.Height);
            var (city, key) = StreetScenesWriter.Name(split, index);
            string stem = Path.Combine(folder.Path, "gtFine", split, city, key + "_gtFine_");
            byte[] labels = PngReader.ReadLabels(stem + "labelIds.png").Labels;
            Assert.Equal(scene.Image.Pixels, PngReader.ReadRgb(Path.Combine(folder.Path, "leftImg8bit", split, city, key + "_leftImg8bit.png")).Pixels);
            byte[] colors = PngReader.ReadRgb(stem + "color.png").Pixels;
            Assert.All(Enumerable.Range(0, labels.Length), i => Assert.Equal(CityscapesLabels.All[labels[i]].Color, colors[3 * i] << 16 | colors[3 * i + 1] << 8 | colors[3 * i + 2]));
            if (split == "test")
            {
                Assert.All(labels, id => Assert.InRange(id, 0, 3));
                Assert.All(PngReader.ReadLabels16(stem + "instanceIds.png").Labels, id => Assert.InRange(id, 0, 3));
                continue;
            }
            Assert.Equal(scene.LabelIds.Labels, labels);
            Assert.Equal(scene.InstanceIds.Labels, PngReader.ReadLabels16(stem + "instanceIds.png").Labels);
        }
    }

    [Fact]
    public void One_and_three_threads_write_the_same_bytes()
    {
        using var one = new TestFolder();
        using var three = new TestFolder();
        Write(one.Path, Small);
        Write(three.Path, Small with { Threads = 3 });
        string[] files = [.. Directory.GetFiles(one.Path, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(one.Path, file)).Order(StringComparer.Ordinal)];
        Assert.Equal(13 * 4 + 1, files.Length);
        Assert.Equal(files, Directory.GetFiles(three.Path, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(three.Path, file)).Order(StringComparer.Ordinal));
        Assert.All(files, file => Assert.Equal(File.ReadAllBytes(Path.Combine(one.Path, file)), File.ReadAllBytes(Path.Combine(three.Path, file))));
    }

    [Fact]
    public void Only_own_folders_are_overwritten()
    {
        using var folder = new TestFolder();
        var two = Small with { Train = 2, Val = 0, Test = 0 };
        Write(folder.Path, two with { Train = 4 });
        Assert.True(StreetScenesWriter.IsComplete(folder.Path, two with { Train = 4, Threads = 3, Overwrite = true }));
        Assert.Contains("--overwrite", Assert.Throws<PixelNetException>(() => Write(folder.Path, two)).Message);
        Write(folder.Path, two with { Overwrite = true });
        Assert.Equal(2, CityscapesDataset.Open(folder.Path, "train").Count);
        Assert.False(StreetScenesWriter.IsComplete(folder.Path, two with { Train = 4 }));

        using var foreign = new TestFolder();
        File.WriteAllText(foreign.File("leftImg8bit", "mine.txt"), "mine");
        Assert.Contains("not empty", Assert.Throws<PixelNetException>(() => Write(foreign.Path, two with { Overwrite = true })).Message);
        Assert.True(File.Exists(foreign.File("leftImg8bit", "mine.txt")));
        Assert.Contains("is a file", Assert.Throws<PixelNetException>(() => Write(foreign.File("leftImg8bit", "mine.txt"), two)).Message);
    }

    [Fact]
    public void Interrupted_work_can_be_told_from_finished_work()
    {
        using var folder = new TestFolder();
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => StreetScenesWriter.Write(folder.Path, Small, (_, _) => stop.Cancel(), stop.Token));
        Assert.False(StreetScenesWriter.IsComplete(folder.Path, Small));
        Write(folder.Path, Small with { Overwrite = true });
        Assert.True(StreetScenesWriter.IsComplete(folder.Path, Small));
    }

    [Theory]
    [InlineData(-1, 1, "train")]
    [InlineData(1, 200_000, "val")]
    [InlineData(0, 0, "at least one")]
    public void Impossible_numbers_are_refused(int train, int val, string word)
    {
        using var folder = new TestFolder();
        Assert.Contains(word, Assert.Throws<PixelNetException>(() => Write(folder.Path, Small with { Train = train, Val = val, Test = 0 })).Message);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    private static void Write(string folder, StreetScenesOptions options, Action<int, int>? progress = null) =>
        StreetScenesWriter.Write(folder, options, progress, TestContext.Current.CancellationToken);
}
