using System.Globalization;
using PixelNet.Native.Evaluation;

namespace PixelNet.Native.Cli;

/// <summary>Scores as text in the layout of the official tool, which calls the instance-weighted IoU nIoU.</summary>
internal static class ScoresTable
{
    private const int NameWidth = 14;
    private static readonly string Rule = new('-', NameWidth + 18);

    public static void Write(TextWriter text, SegmentationScores scores)
    {
        bool instances = scores.Labels.Any(label => label.HasInstances);
        var ids = scores.Evaluated;
        Section(text, "classes", instances, ids.Select(id => (scores.Labels[id].Name, scores.ClassIou[id], scores.ClassInstanceIou[id])), scores.MeanIou, scores.MeanInstanceIou);
        if (scores.Categories.Count > 0)
        {
            // A category without evaluated labels, void, has no score to show.
            var shown = Enumerable.Range(0, scores.Categories.Count).Where(c => ids.Any(id => scores.Labels[id].Category == scores.Categories[c]));
            Section(text, "categories", instances, shown.Select(c => (scores.Categories[c], scores.CategoryIou[c], scores.CategoryInstanceIou[c])), scores.MeanCategoryIou, scores.MeanCategoryInstanceIou);
        }
        text.WriteLine($"{"Pixel accuracy",-NameWidth}: {Number(scores.PixelAccuracy)}");
        text.WriteLine($"{"Mean accuracy",-NameWidth}: {Number(scores.MeanAccuracy)}");
        text.WriteLine($"{"Freq. w. IoU",-NameWidth}: {Number(scores.FrequencyWeightedIou)}");
    }

    private static void Section(TextWriter text, string title, bool instances, IEnumerable<(string Name, double Iou, double InstanceIou)> rows, double mean, double instanceMean)
    {
        text.WriteLine(instances ? $"{title,-NameWidth}  {"IoU",5}      {"nIoU",5}" : $"{title,-NameWidth}  {"IoU",5}");
        text.WriteLine(Rule);
        foreach (var row in rows) Row(row.Name, row.Iou, row.InstanceIou);
        text.WriteLine(Rule);
        Row("Score Average", mean, instanceMean);
        text.WriteLine(Rule);
        text.WriteLine();

        void Row(string name, double iou, double instanceIou) =>
            text.WriteLine(instances ? $"{name,-NameWidth}: {Number(iou)}      {Number(instanceIou)}" : $"{name,-NameWidth}: {Number(iou)}");
    }

    private static string Number(double value) => double.IsNaN(value) ? "  nan" : value.ToString("F3", CultureInfo.InvariantCulture);
}
