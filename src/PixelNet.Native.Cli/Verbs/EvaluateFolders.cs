using PixelNet.Native.Data.Cityscapes;
using PixelNet.Native.Data.Reports;
using PixelNet.Native.Evaluation;

namespace PixelNet.Native.Cli.Verbs;

/// <summary><c>pixelnet evaluate --predictions DIR --ground-truth DIR</c>: Cityscapes PNG files of any program.</summary>
internal static class EvaluateFolders
{
    public static ReportContent Run(string predictions, string truth, bool withPictures, int threads)
    {
        if (threads is < 0 or > 1024) throw new WrongCallException($"--threads {threads} is not between 0 and 1024");
        var pairs = CityscapesPairs.Find(predictions, truth);
        var gallery = withPictures ? new ReportGallery(CityscapesLabels.LabelSet) : null;
        int done = 0;
        var scores = CountDisplay.Show($"Evaluating {pairs.Count} frames", progress => FolderEvaluation.Run(pairs, threads, () => progress(Interlocked.Increment(ref done), pairs.Count), gallery is null ? null : gallery.Add));
        foreach (string warning in Warnings(scores)) Console.Error.WriteLine($"warning: {warning}");
        return new ReportContent { Title = "Evaluation of predictions on Cityscapes", Subtitle = $"{pairs.Count:N0} frames", Scores = scores, Gallery = gallery };
    }

    private static IEnumerable<string> Warnings(SegmentationScores scores)
    {
        if (double.IsNaN(scores.PixelAccuracy))
            yield return EvaluateVerb.NothingScored;
        // Train ids end at 18, and 0..6 (road to traffic light there) are void among label ids.
        var columns = Enumerable.Range(0, CityscapesLabels.IdCount).Select(id => scores.Confusion.Sum(Enumerable.Range(0, CityscapesLabels.IdCount), [id])).ToArray();
        if (columns[19..].Sum() == 0 && 2 * columns[..7].Sum() > columns.Sum())
            yield return "the predictions look like train ids (most pixels are 0 to 6 and none is above 18), but label ids are expected: road is 7, not 0";
    }
}
