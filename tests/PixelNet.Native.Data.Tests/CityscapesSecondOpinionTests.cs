using System.Text.Json;
using PixelNet.Native.Data.Cityscapes;
using PixelNet.Native.Data.Reports;
using Xunit;

namespace PixelNet.Native.Data.Tests;

/// <summary>The files and scores of <c>generate/cityscapes_case.py</c>, which counts pixel by pixel in another language and shares no code with the engine.</summary>
public class CityscapesSecondOpinionTests
{
    private static readonly string Case = Path.Combine(TestFolder.RepositoryRoot, "tests", "PixelNet.Native.Data.Tests", "Files", "cityscapes");

    [Fact]
    public void Every_score_of_the_written_json_equals_the_second_opinion()
    {
        var pairs = CityscapesPairs.Find(Path.Combine(Case, "pred"), Path.Combine(Case, "gt"));
        Assert.Equal(4, pairs.Count);
        using var actual = JsonDocument.Parse(ScoresJson.ToText(FolderEvaluation.Run(pairs, 2, () => { })));
        using var expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(Case, "scores.json")));
        int compared = 0;
        foreach (var score in expected.RootElement.EnumerateObject()) Compare(score.Value, actual.RootElement.GetProperty(score.Name), score.Name, ref compared);
        Assert.Equal(34 * 34 + 3 * 34 + 2 * 8 + 7, compared);
    }

    private static void Compare(JsonElement expected, JsonElement actual, string where, ref int compared)
    {
        Assert.True(expected.ValueKind == actual.ValueKind, $"{where}: {actual.ValueKind}, expected {expected.ValueKind}");
        if (expected.ValueKind == JsonValueKind.Object)
        {
            Assert.Equal(expected.EnumerateObject().Select(entry => entry.Name), actual.EnumerateObject().Select(entry => entry.Name));
            foreach (var entry in expected.EnumerateObject()) Compare(entry.Value, actual.GetProperty(entry.Name), $"{where}/{entry.Name}", ref compared);
            return;
        }
        if (expected.ValueKind == JsonValueKind.Array)
        {
            Assert.Equal(expected.GetArrayLength(), actual.GetArrayLength());
            for (int i = 0; i < expected.GetArrayLength(); i++) Compare(expected[i], actual[i], $"{where}[{i}]", ref compared);
            return;
        }
        compared++;
        if (expected.ValueKind == JsonValueKind.Number) Assert.True(Math.Abs(expected.GetDouble() - actual.GetDouble()) < 1e-12, $"{where}: {actual}, expected {expected}");
    }
}
