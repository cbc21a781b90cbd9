using PixelNet.Native.Data.Presets;
using PixelNet.Native.Data.Runs;
using PixelNet.Native.Evaluation;

namespace PixelNet.Native.Data.Reports;

/// <summary>What the reports of training runs and of evaluated checkpoints tell.</summary>
public static class RunReport
{
    /// <summary>A run after a validation, or after its last step where there is none.</summary>
    /// <param name="config">The run's configuration.</param>
    /// <param name="log">Its log so far.</param>
    /// <param name="labels">Its classes.</param>
    /// <param name="validation">What it is validated on.</param>
    /// <param name="scores">The last validation.</param>
    /// <param name="gallery">Images of the last validation.</param>
    public static ReportContent OfTraining(RunConfig config, IReadOnlyList<RunLogRow> log, LabelSet labels, ISegmentationDataset? validation = null, SegmentationScores? scores = null, ReportGallery? gallery = null)
    {
        long step = log.Count == 0 ? 0 : log[^1].Step;
        var best = log.Where(row => row.ValMeanIou is { } value && !double.IsNaN(value)).MaxBy(row => row.ValMeanIou);
        return new ReportContent
        {
            Title = $"PixelNet: run of preset {config.Preset}",
            Subtitle = $"After step {step:N0} of {config.Schedule.Steps:N0}" + (validation is null ? "; not validated" : $", validated on {Images(config.Validation.Images, validation)}") + Classes(labels),
            Facts = best is null ? [] : [("best mIoU so far", FormattableString.Invariant($"{best.ValMeanIou:F3} (step {best.Step:N0})"))],
            Log = log,
            Scores = scores,
            Gallery = gallery,
            Configuration = RunConfigs.Write(config),
        };
    }

    /// <summary>A checkpoint evaluated on a split, with the curves of its run where its log lies beside it.</summary>
    /// <param name="model">The checkpoint.</param>
    /// <param name="path">Its file.</param>
    /// <param name="dataset">The split.</param>
    /// <param name="scores">Its scores.</param>
    /// <param name="gallery">Images of the evaluation.</param>
    public static ReportContent OfEvaluation(TrainedModel model, string path, ISegmentationDataset dataset, SegmentationScores scores, ReportGallery gallery) => new()
    {
        Title = $"PixelNet: preset {model.Config.Preset} on split {dataset.Split}",
        Subtitle = $"{Path.GetFileName(path)} of step {model.Info.Step:N0} on {Images(0, dataset)}, the network seeing {Input(model.Predictor)}{Classes(dataset.Labels)}",
        Log = [.. RunLog.Read(Path.Combine(Path.GetDirectoryName(path) ?? "", "log.csv")).Where(row => row.Step <= model.Info.Step)],
        Scores = scores,
        Gallery = gallery,
        Configuration = model.Info.TrainingConfig,
    };

    private static string Images(int images, ISegmentationDataset dataset) =>
        images == 0 || images >= dataset.Count ? $"all {dataset.Count:N0} images of {dataset.Split}" : $"{images:N0} of the {dataset.Count:N0} images of {dataset.Split}";

    // Not the name of the data, which is not known: street scenes have the classes of Cityscapes, too.
    private static string Classes(LabelSet labels) => $"; {labels.Count} classes of {labels.Name}";

    private static string Input(ImagePredictor predictor) => predictor.InputWidth == 0 ? "each image at its own size" : $"{predictor.InputWidth} x {predictor.InputHeight} pixels";
}
