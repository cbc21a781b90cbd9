using System.Text.Json;
using PixelNet.Native.Evaluation;

namespace PixelNet.Native.Data.Reports;

/// <summary>
/// Scores as JSON: the keys of the official result file with NaN as null (the official file writes a bare NaN, which is no JSON), and
/// <c>frequencyWeightedIoU</c>, <c>pixelAccuracy</c>, <c>meanAccuracy</c>. <c>evaluatedConfMatrix</c> is the matrix of the evaluated labels alone
/// (Cityscapes: 19 x 19 in train-id order) and <c>evaluatedAsIgnored</c> their pixels that were predicted as an ignored label. Keys of
/// categories and instances are left out where the data set has none.
/// </summary>
public static class ScoresJson
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    /// <summary>The whole document, indented, with a line feed at its end.</summary>
    public static string ToText(SegmentationScores scores)
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Indented))
        {
            json.WriteStartObject();
            WriteScores(json, scores);
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)).ReplaceLineEndings("\n") + "\n";
    }

    /// <summary>Writes the keys into an object that the caller has begun, beside keys of its own.</summary>
    public static void WriteScores(Utf8JsonWriter json, SegmentationScores scores)
    {
        bool hasInstances = scores.Labels.Any(label => label.HasInstances), hasCategories = scores.Categories.Count > 0;
        string[] names = [.. scores.Labels.Select(label => label.Name)];
        WriteNumber(json, "averageScoreClasses", scores.MeanIou);
        if (hasInstances) WriteNumber(json, "averageScoreInstClasses", scores.MeanInstanceIou);
        if (hasCategories) WriteNumber(json, "averageScoreCategories", scores.MeanCategoryIou);
        if (hasCategories && hasInstances) WriteNumber(json, "averageScoreInstCategories", scores.MeanCategoryInstanceIou);
        WriteNumber(json, "pixelAccuracy", scores.PixelAccuracy);
        WriteNumber(json, "meanAccuracy", scores.MeanAccuracy);
        WriteNumber(json, "frequencyWeightedIoU", scores.FrequencyWeightedIou);
        WriteByName(json, "classScores", names, scores.ClassIou);
        if (hasInstances) WriteByName(json, "classInstScores", names, scores.ClassInstanceIou);
        if (hasCategories) WriteByName(json, "categoryScores", scores.Categories, scores.CategoryIou);
        if (hasCategories && hasInstances) WriteByName(json, "categoryInstScores", scores.Categories, scores.CategoryInstanceIou);
        WriteByName(json, "priors", names, scores.Priors);
        WriteMatrices(json, scores);
    }

    private static void WriteMatrices(Utf8JsonWriter json, SegmentationScores scores)
    {
        json.WriteStartObject("labels");
        for (int id = 0; id < scores.Labels.Count; id++) json.WriteNumber(scores.Labels[id].Name, id);
        json.WriteEndObject();
        json.WriteStartArray("confMatrix");
        for (int id = 0; id < scores.Labels.Count; id++) WriteRow(json, scores.Confusion.Row(id));
        json.WriteEndArray();

        var evaluated = scores.EvaluatedConfusion();
        int count = evaluated.GetLength(0);
        json.WriteStartArray("evaluatedLabels");
        foreach (int id in scores.Evaluated) json.WriteStringValue(scores.Labels[id].Name);
        json.WriteEndArray();
        json.WriteStartArray("evaluatedConfMatrix");
        for (int i = 0; i < count; i++) WriteRow(json, [.. Enumerable.Range(0, count).Select(j => evaluated[i, j])]);
        json.WriteEndArray();
        json.WritePropertyName("evaluatedAsIgnored");
        WriteRow(json, [.. Enumerable.Range(0, count).Select(i => evaluated[i, count])]);
    }

    // One line a row: an indented matrix would have a line a number.
    private static void WriteRow(Utf8JsonWriter json, ReadOnlySpan<long> row) => json.WriteRawValue($"[{string.Join(", ", row.ToArray())}]");

    private static void WriteByName(Utf8JsonWriter json, string key, IReadOnlyList<string> names, IReadOnlyList<double> scores)
    {
        json.WriteStartObject(key);
        for (int i = 0; i < names.Count; i++) WriteNumber(json, names[i], scores[i]);
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string key, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(key, value);
        else json.WriteNull(key);
    }
}
