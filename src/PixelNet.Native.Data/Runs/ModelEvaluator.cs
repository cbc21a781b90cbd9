using PixelNet.Native.Data.Reports;
using PixelNet.Native.Evaluation;

namespace PixelNet.Native.Data.Runs;

/// <summary>Evaluates a network on a split, every label map at its full size: in training and in <c>evaluate --checkpoint</c>, with the accumulators of <c>evaluate --predictions</c>.</summary>
public static class ModelEvaluator
{
    /// <summary>Predicts and scores the images of a split.</summary>
    /// <param name="predictor">Predicts with the network.</param>
    /// <param name="dataset">The split; its classes must be the network's.</param>
    /// <param name="images">How many, evenly spread over the split; 0 = all.</param>
    /// <param name="progress">Called with the images done and of all.</param>
    /// <param name="stop">Stops between two images.</param>
    /// <param name="observe">Sees each image, in order; null = none does.</param>
    /// <exception cref="PixelNetException">A file cannot be read, or memory is short.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static SegmentationScores Evaluate(ImagePredictor predictor, ISegmentationDataset dataset, int images, Action<int, int> progress,
        CancellationToken stop, Action<EvaluatedImage>? observe = null)
    {
        int count = images == 0 ? dataset.Count : Math.Min(images, dataset.Count), order = 0;
        var scorer = SplitScorer.For(dataset, predictor.PredictsVoid(dataset.Labels));
        foreach (int index in DatasetChecks.Spread(dataset.Count, count))
        {
            stop.ThrowIfCancellationRequested();
            var header = dataset.ImageHeader(index);
            // The image, its file, and what the scores need: label maps and a map of instances.
            predictor.MakeRoom(12L * header.Width * header.Height);
            var image = dataset.LoadImage(index);
            var predicted = predictor.Predict(image);
            var truth = scorer.Add(index, predicted);
            observe?.Invoke(new EvaluatedImage(order, count, dataset.Key(index), () => image, predicted, truth));
            progress(++order, count);
        }
        return scorer.Scores();
    }
}
