using System.Globalization;
using System.Text.Json;
using PixelNet.Native.Data.Imaging;
using Xunit;

namespace PixelNet.Native.Cli.Tests;

/// <summary>The whole job as users run it: train, kill, resume, evaluate, predict, evaluate the predictions.</summary>
public class WholePathTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    private static readonly string[] OfficialKeys =
    [
        "averageScoreClasses", "averageScoreInstClasses", "averageScoreCategories", "averageScoreInstCategories", "classScores", "classInstScores",
        "categoryScores", "categoryInstScores", "confMatrix", "priors", "frequencyWeightedIoU", "pixelAccuracy", "meanAccuracy",
    ];

    [Fact]
    public void Train_kill_resume_evaluate_predict_and_all_scores_agree_to_the_last_bit()
    {
        string folder = tiny.NewPath("run"), best = Path.Combine(folder, "best.safetensors");
        using (var process = PixelnetProcess.Start(tiny.Arguments(folder)))
        {
            SpinWait.SpinUntil(() => File.Exists(best), TimeSpan.FromSeconds(60));
            process.Kill();
        }
        Run("train", "--data", tiny.Data, "--out", folder, "--resume");
        Assert.True(File.Exists(Path.Combine(folder, "report.html")));

        string scores = tiny.NewPath("scores.json"), page = tiny.NewPath("report.html");
        string table = Run("evaluate", "--checkpoint", best, "--data", tiny.Data, "--split", "val", "--json", scores, "--report", page);
        Assert.Contains("Score Average : ", table, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(File.ReadAllText(scores));
        foreach (string key in OfficialKeys) Assert.True(json.RootElement.TryGetProperty(key, out _), key);
        Assert.Equal(34, json.RootElement.GetProperty("classScores").EnumerateObject().Count());
        Assert.Equal(3 * 64 * 32, json.RootElement.GetProperty("confMatrix").EnumerateArray().Sum(row => row.EnumerateArray().Sum(cell => cell.GetInt64())));
        // In training, of the checkpoint, and of its files.
        double inTraining = File.ReadLines(Path.Combine(folder, "log.csv")).Skip(1).Select(row => row.Split(',')[4]).Where(cell => cell.Length > 0).Max(cell => double.Parse(cell, CultureInfo.InvariantCulture));
        Assert.Equal(inTraining, json.RootElement.GetProperty("averageScoreClasses").GetDouble());

        string predictions = tiny.NewPath("predictions"), ofFiles = tiny.NewPath("files.json");
        string said = Run("predict", "--checkpoint", best, Path.Combine(tiny.Data, "leftImg8bit", "val"), "--out", predictions);
        Assert.Contains("3 of 3 images", said, StringComparison.Ordinal);
        Run("evaluate", "--predictions", predictions, "--ground-truth", Path.Combine(tiny.Data, "gtFine", "val"), "--json", ofFiles);
        Assert.Equal(File.ReadAllText(scores), File.ReadAllText(ofFiles));
    }

    [Fact]
    public void The_default_report_of_an_evaluation_lies_beside_the_checkpoint()
    {
        string folder = tiny.Train("beside", 10);
        Run("evaluate", "--checkpoint", Path.Combine(folder, "last.safetensors"), "--data", tiny.Data, "--split", "train", "--report", "none");
        Assert.Equal(["report.html"], Directory.EnumerateFiles(folder, "*.html").Select(Path.GetFileName));
        Run("evaluate", "--checkpoint", Path.Combine(folder, "last.safetensors"), "--data", tiny.Data, "--split", "train");
        Assert.True(File.Exists(Path.Combine(folder, "report-train.html")));
        // It belongs to the run, and goes with it.
        Run(tiny.Arguments(folder, 10, "--overwrite"));
        Assert.Equal(["report.html"], Directory.EnumerateFiles(folder, "*.html").Select(Path.GetFileName));
    }

    [Fact]
    public void CamVid_has_the_keys_that_apply()
    {
        string data = tiny.NewPath("camvid"), run = tiny.NewPath("camvid-run"), scores = tiny.NewPath("camvid.json");
        MakeCamVid(data);
        Run([.. tiny.Arguments(run, 10).Select(argument => argument == tiny.Data ? data : argument)]);
        Run("evaluate", "--checkpoint", Path.Combine(run, "best.safetensors"), "--data", data, "--split", "test", "--json", scores);
        using var json = JsonDocument.Parse(File.ReadAllText(scores));
        foreach (string key in OfficialKeys)
            Assert.Equal(!key.Contains("Inst", StringComparison.Ordinal) && !key.Contains("ategor", StringComparison.Ordinal), json.RootElement.TryGetProperty(key, out _));
        Assert.Equal(11, json.RootElement.GetProperty("confMatrix").GetArrayLength());
        Assert.Equal(11, json.RootElement.GetProperty("classScores").EnumerateObject().Count());
        // At the label maps' full size, void left out: 2 images of 40 x 30 with two void rows each.
        Assert.Equal(2 * 40 * 28, json.RootElement.GetProperty("confMatrix").EnumerateArray().Sum(row => row.EnumerateArray().Sum(cell => cell.GetInt64())));

        var (exit, _, errors) = PixelnetProcess.Run("evaluate", "--checkpoint", Path.Combine(run, "best.safetensors"), "--data", tiny.Data);
        Assert.Equal(1, exit);
        Assert.Contains("was trained on the classes of camvid", errors, StringComparison.Ordinal);
    }

    private static string Run(params string[] arguments)
    {
        var (exit, output, errors) = PixelnetProcess.Run(arguments);
        Assert.True(exit == 0, output + errors);
        return output;
    }

    private static void MakeCamVid(string folder)
    {
        foreach (string split in new[] { "train", "val", "test" })
        {
            Directory.CreateDirectory(Path.Combine(folder, split));
            Directory.CreateDirectory(Path.Combine(folder, split + "annot"));
            var random = new Random(1);
            for (int i = 0; i < 2; i++)
            {
                var labels = new LabelMap<byte>(40, 30, [.. Enumerable.Range(0, 40 * 30).Select(p => (byte)(p < 80 ? 11 : p / 40 % 11))]);
                var pixels = new byte[3 * 40 * 30];
                random.NextBytes(pixels);
                PngWriter.WriteRgb(Path.Combine(folder, split, $"{i}.png"), new RgbImage(40, 30, pixels));
                PngWriter.WriteGrey8(Path.Combine(folder, split + "annot", $"{i}.png"), labels);
            }
            File.WriteAllLines(Path.Combine(folder, split + ".txt"), Enumerable.Range(0, 2).Select(i => $"/SegNet/CamVid/{split}/{i}.png /SegNet/CamVid/{split}annot/{i}.png"));
        }
    }
}
