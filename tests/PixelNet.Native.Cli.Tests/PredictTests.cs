using System.Globalization;
using System.Text.RegularExpressions;
using PixelNet.Native.Data.Cityscapes;
using PixelNet.Native.Data.Imaging;
using Xunit;

namespace PixelNet.Native.Cli.Tests;

/// <summary><c>pixelnet predict</c> as users run it: images of any size, and images that are none.</summary>
public class PredictTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    private string Checkpoint => Path.Combine(tiny.Trained, "best.safetensors");

    [Fact]
    public void Any_size_goes_in_and_comes_out_and_a_bad_image_does_not_stop_the_others()
    {
        string images = tiny.NewPath("images"), output = tiny.NewPath("out"), broken = Path.Combine(images, "broken.png");
        (int Width, int Height)[] sizes = [(1, 1), (37, 1), (1, 29), (63, 41), (130, 67)];
        Directory.CreateDirectory(Path.Combine(images, "below"));
        foreach (var (width, height) in sizes) Write(Path.Combine(images, "below", $"{width}x{height}.png"), width, height);
        Write(broken, 20, 20);
        File.WriteAllBytes(broken, File.ReadAllBytes(broken)[..60]);
        File.WriteAllText(Path.Combine(images, "notes.txt"), "no image");
        File.WriteAllText(Path.Combine(images, "words.jpg"), "no image either");

        var (exit, said, errors) = PixelnetProcess.Run("predict", "--checkpoint", Checkpoint, images, "--out", output);
        Assert.Equal(1, exit);
        Assert.Contains("5 of 7 images", said, StringComparison.Ordinal);
        Assert.Contains($"error: {broken} ", errors, StringComparison.Ordinal);
        Assert.Contains("words.jpg is neither a PNG nor a JPEG", errors, StringComparison.Ordinal);
        var ids = CityscapesLabels.Evaluated.Select(label => (byte)label.Id).ToHashSet();
        foreach (var (width, height) in sizes)
        {
            var map = PngReader.ReadLabels(Path.Combine(output, "labelIds", "below", $"{width}x{height}_labelIds.png"));
            Assert.Equal((width, height), (map.Width, map.Height));
            Assert.True(ids.IsSupersetOf(map.Labels));
            var colors = ImageFile.Read(Path.Combine(output, "color", "below", $"color_{width}x{height}.png"));
            var overlay = ImageFile.Read(Path.Combine(output, "overlay", "below", $"overlay_{width}x{height}.png"));
            var image = ImageFile.Read(Path.Combine(images, "below", $"{width}x{height}.png"));
            for (int p = 0; p < map.Labels.Length; p++)
            {
                Assert.Equal(CityscapesLabels.All[map.Labels[p]].Color, (colors.Pixels[3 * p] << 16) | (colors.Pixels[3 * p + 1] << 8) | colors.Pixels[3 * p + 2]);
                Assert.InRange(2 * overlay.Pixels[3 * p] - image.Pixels[3 * p] - colors.Pixels[3 * p], 0, 1);
            }
        }
    }

    [Fact]
    public void The_output_folder_is_never_mixed_up_by_accident()
    {
        string image = tiny.NewPath("image.png"), output = tiny.NewPath("out"), foreign = Path.Combine(output, "labelIds", "mine.txt");
        Write(image, 30, 20);
        Directory.CreateDirectory(Path.GetDirectoryName(foreign)!);
        File.WriteAllText(foreign, "mine");
        AssertSentence(1, "is not empty", "predict", "--checkpoint", Checkpoint, image, "--out", output);
        var (exit, said, errors) = PixelnetProcess.Run("predict", "--checkpoint", Checkpoint, image, "--out", output, "--overwrite", "--size", "image");
        Assert.True(exit == 0, said + errors);
        Assert.Equal("mine", File.ReadAllText(foreign));
        Assert.Equal(2, Directory.EnumerateFiles(Path.Combine(output, "labelIds")).Count());
    }

    [Fact]
    public void Calls_that_cannot_work()
    {
        string image = tiny.NewPath("image.png"), empty = tiny.NewPath("empty");
        Write(image, 30, 20);
        Directory.CreateDirectory(empty);
        AssertSentence(1, "does not exist", "predict", "--checkpoint", tiny.NewPath("nowhere"), image, "--out", tiny.NewPath("o"));
        AssertSentence(1, "is a folder; name the checkpoint in it", "predict", "--checkpoint", tiny.Trained, image, "--out", tiny.NewPath("o"));
        AssertSentence(1, "holds no image", "predict", "--checkpoint", Checkpoint, empty, "--out", tiny.NewPath("o"));
        AssertSentence(1, "is not", "predict", "--checkpoint", image, image, "--out", tiny.NewPath("o"));
        AssertSentence(2, "--size big is not a size", "predict", "--checkpoint", Checkpoint, image, "--out", tiny.NewPath("o"), "--size", "big");
    }

    [Fact]
    public void Short_memory_is_told_with_the_planned_figure()
    {
        string image = tiny.NewPath("image.png");
        Write(image, 30, 20);
        var (exit, said, errors) = PixelnetProcess.RunWithin(160, "predict", "--checkpoint", Checkpoint, image, "--out", tiny.NewPath("o"), "--size", "1600x800");
        Assert.True(exit == 1, said + errors);
        Assert.Matches("image.png[^ ]*: The prediction of an image of 1600x800 needs [0-9]+\\.[0-9] MiB", errors);
    }

    [Fact]
    public void Memory_changes_no_byte_and_too_little_is_told_with_the_least_that_works()
    {
        string image = tiny.NewPath("image.png"), free = tiny.NewPath("free"), bands = tiny.NewPath("bands");
        Write(image, 210, 1500);
        string[] Predict(string output, params string[] more) => ["predict", "--checkpoint", Checkpoint, image, "--out", output, "--size", "image", .. more];
        Assert.Equal(0, PixelnetProcess.Run(Predict(free)).ExitCode);
        var (exit, said, errors) = PixelnetProcess.Run(Predict(tiny.NewPath("o"), "--memory", "60MB"));
        Assert.True(exit == 1, said + errors);
        var least = Regex.Match(errors, @"an image of 210x1500 cannot be predicted within 60 MB: (\d+) MB is the least that works");
        Assert.True(least.Success, errors);
        // What the runtime itself takes differs by some 20 MB from run to run.
        string enough = string.Create(CultureInfo.InvariantCulture, $"{int.Parse(least.Groups[1].Value, CultureInfo.InvariantCulture) + 40}MB");
        (exit, said, errors) = PixelnetProcess.Run(Predict(bands, "--memory", enough));
        Assert.True(exit == 0, said + errors);
        foreach (string file in Directory.EnumerateFiles(free, "*.png", SearchOption.AllDirectories))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(bands, Path.GetRelativePath(free, file))));
        foreach (string wrong in new[] { "much", "1", "-1GB", "0MB", "1e3GB" })
            AssertSentence(2, $"--memory {wrong} is no amount of memory", Predict(tiny.NewPath("o"), $"--memory={wrong}"));
    }

    [Fact]
    public void An_evaluation_within_some_memory_has_the_same_scores()
    {
        string[] arguments = ["evaluate", "--checkpoint", Checkpoint, "--data", tiny.Data, "--json", "-", "--report", "none", "--size", "image"];
        var free = PixelnetProcess.Run(arguments);
        var bounded = PixelnetProcess.Run([.. arguments, "--memory", "250MB"]);
        Assert.True(bounded.ExitCode == 0, bounded.Output + bounded.Errors);
        Assert.Equal(free.Output, bounded.Output);
        AssertSentence(2, "--memory belongs to --checkpoint", "evaluate", "--predictions", "a", "--ground-truth", "b", "--memory", "1GB");
    }

    [Fact, Trait("Category", "All")]
    public void An_8K_image_is_predicted_within_1_GB_resident()
    {
        string checkpoint = Path.Combine(tiny.Train("wide", 1, "--set", "model.width=0.25", "--set", "model.head=[64, 64]"), "best.safetensors"), image = tiny.NewPath("8k.png"), output = tiny.NewPath("o");
        PngWriter.WriteRgb(image, 7680, 4320, (y, row) =>
        {
            for (int i = 0; i < row.Length; i++) row[i] = (byte)((i / 96 * 37) ^ (y / 32 * 11));
        });
        var (exit, said, errors) = PixelnetProcess.Run(TimeSpan.FromMinutes(8), "predict", "--checkpoint", checkpoint, image, "--out", output, "--size", "image", "--memory", "1GB");
        Assert.True(exit == 0, said + errors);
        double peak = double.Parse(Regex.Match(said, @"peak memory ([0-9.]+) MiB").Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.InRange(peak * (1 << 20), 100e6, 1e9);
        var labels = PngReader.ReadLabels(Path.Combine(output, "labelIds", "8k_labelIds.png"));
        Assert.Equal((7680, 4320), (labels.Width, labels.Height));
    }

    [Fact, Trait("Category", "All")]
    public void Winograd_and_direct_sums_label_the_scenes_of_a_trained_net_alike()
    {
        string data = tiny.NewPath("scenes"), run = tiny.NewPath("run");
        Assert.Equal(0, PixelnetProcess.Run("streetscenes", "--out", data, "--train", "24", "--val", "4", "--test", "1", "--size", "256x128").ExitCode);
        var (exit, said, errors) = PixelnetProcess.Run("train", "--preset", "demo", "--data", data, "--out", run, "--set", "schedule.steps=120", "--set", "validation.every=0");
        Assert.True(exit == 0, said + errors);
        long pixels = 0, differing = 0;
        foreach (string how in new[] { "winograd", "exact" })
        {
            string[] arguments = ["predict", "--checkpoint", Path.Combine(run, "best.safetensors"), Path.Combine(data, "leftImg8bit", "val"), "--out", Path.Combine(run, how), "--size", "image"];
            (exit, said, errors) = PixelnetProcess.Run(how == "exact" ? [.. arguments, "--exact"] : arguments);
            Assert.True(exit == 0, said + errors);
        }
        foreach (string file in Directory.EnumerateFiles(Path.Combine(run, "winograd", "labelIds"), "*.png", SearchOption.AllDirectories))
        {
            byte[] winograd = PngReader.ReadLabels(file).Labels, exact = PngReader.ReadLabels(file.Replace("winograd", "exact", StringComparison.Ordinal)).Labels;
            pixels += winograd.Length;
            differing += winograd.Zip(exact).Count(pair => pair.First != pair.Second);
        }
        Assert.Equal(4 * 256 * 128, pixels);
        Assert.True(differing * 10_000 <= pixels, $"{differing} of {pixels} labels differ");
    }

    private static void Write(string path, int width, int height)
    {
        var pixels = new byte[3 * width * height];
        new Random(width).NextBytes(pixels);
        PngWriter.WriteRgb(path, new RgbImage(width, height, pixels));
    }

    private static void AssertSentence(int exitCode, string words, params string[] arguments)
    {
        var (exit, output, errors) = PixelnetProcess.Run(arguments);
        Assert.True(exit == exitCode, $"exit code {exit}: {output}{errors}");
        Assert.StartsWith("error: ", errors.TrimStart(), StringComparison.Ordinal);
        Assert.Contains(words, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("defect of the program", errors, StringComparison.Ordinal);
    }
}
