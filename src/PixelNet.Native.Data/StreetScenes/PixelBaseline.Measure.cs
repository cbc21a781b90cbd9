using PixelNet.Native.Backends;
using PixelNet.Native.Data.Loading;

namespace PixelNet.Native.Data.StreetScenes;

/// <content>Trained on the batches of a run, evaluated on another split.</content>
public sealed partial class PixelBaseline
{
    /// <summary>
    /// Trains a classifier on exactly the pixels that a run trains its network on (a batch is a pure function of data set, options and step) and evaluates it
    /// on every labelled pixel of another split.
    /// </summary>
    /// <param name="train">The split that the run trains on.</param>
    /// <param name="validation">The split to evaluate.</param>
    /// <param name="options">The run's batches, void left out; its seed also draws the first weights.</param>
    /// <param name="steps">The run's steps.</param>
    /// <param name="classWeights">The run's class weights; empty = all 1.</param>
    /// <param name="backend">What computes.</param>
    /// <param name="progress">Called with the batches and images done and of all.</param>
    /// <param name="stop">Stops between two of these.</param>
    /// <exception cref="PixelNetException">A file cannot be read, or an option is out of range.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static PixelBaselineScore Measure(ISegmentationDataset train, ISegmentationDataset validation, LoaderOptions options, long steps,
        ReadOnlySpan<double> classWeights, IBackend backend, Action<long, long>? progress = null, CancellationToken stop = default)
    {
        if (options.VoidClass is not null) throw new ArgumentException("void is no class of the baseline", nameof(options));
        int classes = train.Labels.Count;
        long all = steps + validation.Count;
        // The cell lists of a batch are for hypercolumns; one pixel needs none.
        using var loader = new BatchLoader(train, options, []);
        using var baseline = new PixelBaseline(backend, classes, options.Images * options.Pixels, steps, options.Seed);
        baseline.SetClassWeights(classWeights);
        for (long step = 1; step <= steps; step++)
        {
            stop.ThrowIfCancellationRequested();
            var batch = loader.Take(step);
            baseline.Step(batch);
            loader.Return(batch);
            progress?.Invoke(step, all);
        }
        var confusion = new long[classes, classes];
        for (int i = 0; i < validation.Count; i++)
        {
            stop.ThrowIfCancellationRequested();
            byte[] truth = validation.LoadLabels(i).Labels, predicted = baseline.Predict(validation.LoadImage(i));
            for (int p = 0; p < truth.Length; p++)
                if (truth[p] < classes) confusion[truth[p], predicted[p]]++;
            progress?.Invoke(steps + i + 1, all);
        }
        return Score(confusion);
    }

    // Intersection over union; a class that neither occurs nor is predicted has none and does not count.
    private static PixelBaselineScore Score(long[,] confusion)
    {
        int classes = confusion.GetLength(0);
        var scores = new double[classes];
        for (int c = 0; c < classes; c++)
        {
            long union = -confusion[c, c];
            for (int k = 0; k < classes; k++) union += confusion[c, k] + confusion[k, c];
            scores[c] = union == 0 ? double.NaN : (double)confusion[c, c] / union;
        }
        return new PixelBaselineScore(scores.Where(score => !double.IsNaN(score)).DefaultIfEmpty(double.NaN).Average(), scores);
    }
}

/// <summary>How well single pixels can be told by their colour and position.</summary>
/// <param name="MeanIou">Mean over the classes that occur.</param>
/// <param name="ClassIou">By train id; NaN where a class neither occurs nor is predicted.</param>
public sealed record PixelBaselineScore(double MeanIou, IReadOnlyList<double> ClassIou);
