using PixelNet.Native.Data.Cityscapes;
using PixelNet.Native.Evaluation;
using Spectre.Console;

namespace PixelNet.Native.Cli.Verbs;

/// <summary><c>pixelnet evaluate --predictions DIR --ground-truth DIR</c>: Cityscapes PNG files of any program.</summary>
internal static class EvaluateFolders
{
    public static SegmentationScores Run(string predictions, string truth, int threads)
    {
        if (threads is < 0 or > 1024) throw new WrongCallException($"--threads {threads} is not between 0 and 1024");
        var pairs = CityscapesPairs.Find(predictions, truth);
        // On standard error, which leaves standard output to the scores.
        var scores = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }).Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var task = context.AddTask($"Evaluating {pairs.Count} frames", maxValue: pairs.Count);
                return FolderEvaluation.Run(pairs, threads, () => task.Increment(1));
            });
        foreach (string warning in Warnings(scores)) Console.Error.WriteLine($"warning: {warning}");
        return scores;
    }

    private static IEnumerable<string> Warnings(SegmentationScores scores)
    {
        if (double.IsNaN(scores.PixelAccuracy))
            yield return "no pixel of the ground truth is of an evaluated class, so nothing has a score; the labels of the test split are hidden, evaluate on val";
        // Train ids end at 18, and 0..6 (road to traffic light there) are void among label ids.
        var columns = Enumerable.Range(0, CityscapesLabels.IdCount).Select(id => scores.Confusion.Sum(Enumerable.Range(0, CityscapesLabels.IdCount), [id])).ToArray();
        if (columns[19..].Sum() == 0 && 2 * columns[..7].Sum() > columns.Sum())
            yield return "the predictions look like train ids (most pixels are 0 to 6 and none is above 18), but label ids are expected: road is 7, not 0";
    }
}
