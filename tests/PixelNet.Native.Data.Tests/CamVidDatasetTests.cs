using PixelNet.Native.Data.Imaging;
using Xunit;

namespace PixelNet.Native.Data.Tests;

public sealed class CamVidDatasetTests
{
    private static string Write(TestFolder folder, string prefix = "")
    {
        var lines = new List<string>();
        for (int i = 0; i < 3; i++)
        {
            if (i == 1) File.WriteAllBytes(folder.File("train", "b1.jpg"), TestJpeg.Encode(new byte[2, 3]));
            else PngWriter.WriteRgb(folder.File("train", $"b{i}.png"), TinyCityscapes.Picture(24, 16, i));
            PngWriter.WriteGrey8(folder.File("trainannot", $"b{i}.png"), new LabelMap<byte>(24, 16, [.. Enumerable.Range(0, 384).Select(p => (byte)((p + i) % 12))]));
            lines.Add($"{prefix}train/b{i}.{(i == 1 ? "jpg" : "png")} {prefix}trainannot/b{i}.png");
        }
        File.WriteAllLines(folder.File("train.txt"), [.. lines, ""]);
        return folder.Path;
    }

    [Theory]
    [InlineData("")]
    [InlineData("/SegNet/CamVid/")]
    public void Lists_are_read_wherever_their_paths_begin(string prefix)
    {
        using var folder = new TestFolder();
        var data = Datasets.Open(Write(folder, prefix), "train");
        Assert.Equal(("camvid", 11, 3), (data.Labels.Name, data.Labels.Count, data.Count));
        Assert.Equal("b1", data.Key(1));
        Assert.Equal(TinyCityscapes.Picture(24, 16, 2).Pixels, data.LoadImage(2).Pixels);
        Assert.Equal((24, 16), (data.LoadImage(1).Width, data.LoadImage(1).Height));
        Assert.Equal(Enumerable.Range(0, 384).Select(p => (byte)((p + 2) % 12 is var v && v == 11 ? 255 : v)), data.LoadLabels(2).Labels);
    }

    [Fact]
    public void Faults_name_list_line_file_and_pixel()
    {
        using var folder = new TestFolder();
        Write(folder);
        string list = folder.File("train.txt"), good = File.ReadAllText(list), label = folder.File("trainannot", "b2.png");
        Assert.Contains("val.txt does not exist", Assert.Throws<PixelNetException>(() => Datasets.Open(folder.Path, "val")).Message);
        File.WriteAllText(list, good + "train/b0.png\n");
        Assert.Contains("train.txt line 5 has 1 fields", Refusal());
        File.WriteAllText(list, good + "train/none.png trainannot/b0.png\n");
        Assert.Contains("line 5 names the image train/none.png", Refusal());
        File.WriteAllText(list, good + "train/b0.png trainannot/none.png\n");
        Assert.Contains("line 5 names the label file trainannot/none.png", Refusal());
        File.WriteAllText(list, good + "train/b0.png trainannot/b0.png\n");
        Assert.Contains("again, line 1", Refusal());
        File.WriteAllText(list, "\n");
        Assert.Contains("is empty", Refusal());
        File.WriteAllText(list, good);

        var labels = new byte[384];
        labels[30] = 12;
        PngWriter.WriteGrey8(label, new LabelMap<byte>(24, 16, labels));
        Assert.Contains("b2.png (line 3 of", Refusal("the label 12 at pixel (x 6, y 1)"));
        PngWriter.WriteGrey8(label, new LabelMap<byte>(16, 24, new byte[384]));
        Assert.Contains("16 x 24", Refusal("b2.png"));
        PngWriter.WriteRgb(label, TinyCityscapes.Picture(24, 16, 0));
        Assert.Contains("RGB picture", Refusal("b2.png"));

        string Refusal(string part = "")
        {
            string message = Assert.Throws<PixelNetException>(() => Datasets.Open(folder.Path, "train")).Message;
            Assert.Contains(part, message);
            return message;
        }
    }

    [Fact]
    public void The_real_data_set_opens()
    {
        string root = Path.Combine(TestFolder.RepositoryRoot, "..", "shared", "data", "camvid");
        Assert.SkipUnless(Directory.Exists(root), "no copy of CamVid beside the repository");
        var data = Datasets.Open(root, "train");
        Assert.Equal(367, data.Count);
        for (int i = 0; i < data.Count; i += 60)
        {
            var image = data.LoadImage(i);
            Assert.Equal((480, 360), (image.Width, image.Height));
            Assert.InRange(data.LoadLabels(i).Labels.Count(label => label < 11), 120_000, 172_800);
            // A street scene is neither black nor white on average.
            Assert.InRange(image.Pixels.Average(p => (double)p), 30, 200);
        }
    }
}
