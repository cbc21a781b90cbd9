namespace PixelNet.Native.Data.Runs;

/// <summary>Evaluates a network on a split, every label map at its full size.</summary>
public static class ModelEvaluator
{
    /// <summary>x</summary>
    public static EvaluationResult Evaluate(ImagePredictor predictor, ISegmentationDataset dataset, int images, Action<int, int> progress, CancellationToken stop)
    {
        int count = images == 0 ? dataset.Count : Math.Min(images, dataset.Count), classes = dataset.Labels.Count;
        var confusion = new long[classes + 1, classes + 1];
        for (int i = 0; i < count; i++)
        {
            stop.ThrowIfCancellationRequested();
            int index = (int)((long)i * dataset.Count / count);
            var truth = dataset.LoadLabels(index);
            var labels = predictor.Predict(dataset.LoadImage(index));
            for (int p = 0; p < truth.Labels.Length; p++)
                if (truth.Labels[p] != 255) confusion[truth.Labels[p], labels.Labels[p]]++;
            progress(i + 1, count);
        }
        double sum = 0, right = 0, all = 0; int n = 0;
        for (int c = 0; c < classes; c++)
        {
            double row = 0, column = 0;
            for (int d = 0; d < classes; d++) { row += confusion[c, d]; column += confusion[d, c]; }
            all += row; right += confusion[c, c];
            if (row + column == 0) continue;
            sum += confusion[c, c] / (row + column - confusion[c, c]); n++;
        }
        return new EvaluationResult(sum / n, right / all);
    }
}

/// <summary>x</summary>
/// <param name="MeanIou">x</param>
/// <param name="PixelAccuracy">x</param>
public sealed record EvaluationResult(double MeanIou, double PixelAccuracy);
