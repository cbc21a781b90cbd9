using System.Text.Json;
using PixelNet.Native.Data.Imaging;
using Xunit;

namespace PixelNet.Native.Cli.Tests;

/// <summary><c>pixelnet evaluate --predictions DIR --ground-truth DIR</c> as users run it.</summary>
public class EvaluateFoldersTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    private string Truth => Path.Combine(tiny.Data, "gtFine", "val");

    [Fact]
    public void A_perfect_prediction_scores_1_on_the_console_and_in_the_file()
    {
        string json = tiny.NewPath("scores.json");
        var (exit, output, errors) = PixelnetProcess.Run("evaluate", "--predictions", Predict(), "--ground-truth", Truth, "--json", json);
        Assert.True(exit == 0, output + errors);
        foreach (string line in new[] { "classes           IoU       nIoU", "road          : 1.000        nan", "categories        IoU       nIoU", "Score Average : 1.000      1.000", "Pixel accuracy: 1.000" })
            Assert.Contains(line, output, StringComparison.Ordinal);
        using var scores = JsonDocument.Parse(File.ReadAllText(json));
        Assert.Equal(1, scores.RootElement.GetProperty("averageScoreClasses").GetDouble());
        Assert.Equal(3 * 64 * 32, scores.RootElement.GetProperty("confMatrix").EnumerateArray().Sum(row => row.EnumerateArray().Sum(cell => cell.GetInt64())));
    }

    [Fact]
    public void Standard_output_holds_the_json_alone_and_does_not_depend_on_threads()
    {
        string predictions = Predict(map => map.Labels.AsSpan(0, 700).Fill(11));
        var one = PixelnetProcess.Run("evaluate", "--predictions", predictions, "--ground-truth", Truth, "--json", "-", "--threads", "1");
        var three = PixelnetProcess.Run("evaluate", "--predictions", predictions, "--ground-truth", Truth, "--json", "-", "--threads", "3");
        Assert.True(one.ExitCode == 0, one.Errors);
        Assert.Equal(one.Output, three.Output);
        using var scores = JsonDocument.Parse(one.Output);
        Assert.InRange(scores.RootElement.GetProperty("pixelAccuracy").GetDouble(), 0.3, 0.99);
    }

    [Fact]
    public void A_call_that_evaluates_nothing_is_wrong()
    {
        AssertSentence(2, "there is nothing to evaluate", "evaluate");
        AssertSentence(2, "--ground-truth", "evaluate", "--predictions", Truth);
        AssertSentence(2, "does not exist", [.. Evaluate(Predict()), "--json", Path.Combine(tiny.NewPath("nowhere"), "scores.json")]);
        AssertSentence(2, "--threads -1", [.. Evaluate(Predict()), "--threads", "-1"]);
    }

    [Fact]
    public void Folders_that_are_missing_or_hold_nothing()
    {
        string empty = tiny.NewPath("empty");
        Directory.CreateDirectory(empty);
        AssertSentence(1, "does not exist", Evaluate(tiny.NewPath("nowhere")));
        AssertSentence(1, "has no prediction", Evaluate(empty));
        AssertSentence(1, "holds no ground truth", "evaluate", "--predictions", Predict(), "--ground-truth", empty);
        AssertSentence(1, "several predictions", Evaluate(tiny.Data));
    }

    [Fact]
    public void Files_of_the_wrong_kind()
    {
        AssertSentence(1, "RGB picture", Evaluate(Predict(instead: (path, map) => PngWriter.WriteRgb(path, new RgbImage(map.Width, map.Height, new byte[3 * map.Labels.Length])))));
        AssertSentence(1, "32 x 16", Evaluate(Predict(instead: (path, _) => PngWriter.WriteGrey8(path, new LabelMap<byte>(32, 16, new byte[32 * 16])))));
        AssertSentence(1, "the id 255", Evaluate(Predict(map => map.Labels[77] = 255)));
        AssertSentence(1, "truncated", Evaluate(Predict(instead: (path, map) =>
        {
            PngWriter.WriteGrey8(path, map);
            File.WriteAllBytes(path, File.ReadAllBytes(path)[..^20]);
        })));
    }

    [Fact]
    public void Train_ids_and_hidden_labels_are_warned_of()
    {
        // Road is 0 in train ids.
        var (exit, output, errors) = PixelnetProcess.Run(Evaluate(Predict(map => map.Labels.AsSpan().Clear())));
        Assert.True(exit == 0, errors);
        Assert.Contains("look like train ids", errors, StringComparison.Ordinal);
        Assert.Contains("road          : 0.000", output, StringComparison.Ordinal);

        string test = Path.Combine(tiny.Data, "gtFine", "test");
        (exit, output, errors) = PixelnetProcess.Run("evaluate", "--predictions", Predict(split: "test"), "--ground-truth", test);
        Assert.True(exit == 0, errors);
        Assert.Contains("hidden", errors, StringComparison.Ordinal);
        Assert.Contains("Score Average :   nan", output, StringComparison.Ordinal);
    }

    private string[] Evaluate(string predictions) => ["evaluate", "--predictions", predictions, "--ground-truth", Truth];

    // The ground truth of a split, changed, as predictions.
    private string Predict(Action<LabelMap<byte>>? change = null, Action<string, LabelMap<byte>>? instead = null, string split = "val")
    {
        string folder = tiny.NewPath("predictions");
        Directory.CreateDirectory(folder);
        foreach (string path in Directory.EnumerateFiles(Path.Combine(tiny.Data, "gtFine", split), "*_labelIds.png", SearchOption.AllDirectories))
        {
            var map = PngReader.ReadLabels(path);
            change?.Invoke(map);
            (instead ?? PngWriter.WriteGrey8)(Path.Combine(folder, Path.GetFileName(path)), map);
        }
        return folder;
    }

    private static void AssertSentence(int exitCode, string words, params string[] arguments)
    {
        var (exit, output, errors) = PixelnetProcess.Run(arguments);
        Assert.True(exit == exitCode, $"exit code {exit}: {output}{errors}");
        Assert.StartsWith("error: ", errors.TrimStart(), StringComparison.Ordinal);
        Assert.Contains(words, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }
}
