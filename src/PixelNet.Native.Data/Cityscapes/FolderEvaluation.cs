using PixelNet.Native.Data.Imaging;
using PixelNet.Native.Data.Reports;
using PixelNet.Native.Evaluation;

namespace PixelNet.Native.Data.Cityscapes;

/// <summary>Evaluates prediction files against ground-truth files on several threads. Neither scores nor errors depend on how many.</summary>
public static class FolderEvaluation
{
    /// <summary>Checks all headers, then reads and counts all pixels.</summary>
    /// <param name="pairs">What <see cref="CityscapesPairs.Find"/> found.</param>
    /// <param name="threads">0 = all processors.</param>
    /// <param name="frameDone">Called after each frame, by any thread.</param>
    /// <param name="observe">Sees each frame, on any thread and in any order; null = nobody does.</param>
    /// <exception cref="PixelNetException">A file is not as it should be: the first such pair in their order.</exception>
    public static SegmentationScores Run(IReadOnlyList<CityscapesPair> pairs, int threads, Action frameDone, Action<EvaluatedImage>? observe = null)
    {
        foreach (var pair in pairs) pair.Check();
        int workers = Math.Clamp(threads == 0 ? Environment.ProcessorCount : threads, 1, Math.Max(1, pairs.Count));
        var parts = new CityscapesAccumulator[workers];
        var gate = new Lock();
        int next = -1, failedAt = pairs.Count;
        PixelNetException? failure = null;
        // Pairs are handed out in order, so every pair before a failed one gets its turn and the first failure is always the same one.
        Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, worker =>
        {
            var part = parts[worker] = new CityscapesAccumulator(CityscapesScoring.Labels);
            for (int i = Interlocked.Increment(ref next); i < Volatile.Read(ref failedAt); i = Interlocked.Increment(ref next))
            {
                try
                {
                    pairs[i].AddTo(part, observe is null ? null : (predicted, truth) => observe(Image(pairs, i, predicted, truth)));
                    frameDone();
                }
                catch (PixelNetException found)
                {
                    lock (gate)
                    {
                        if (i < failedAt) (failure, failedAt) = (found, i);
                    }
                }
            }
        });
        if (failure is not null) throw failure;
        for (int worker = 1; worker < workers; worker++) parts[0].Merge(parts[worker]);
        return parts[0].Scores();
    }

    private static EvaluatedImage Image(IReadOnlyList<CityscapesPair> pairs, int i, LabelMap<byte> predicted, LabelMap<byte> truth)
    {
        static LabelMap<byte> TrainIds(LabelMap<byte> ids, byte ignored) =>
            ids with { Labels = Array.ConvertAll(ids.Labels, id => CityscapesLabels.TrainIds[id] is var trainId and not LabelSet.Ignored ? trainId : ignored) };

        return new EvaluatedImage(i, pairs.Count, pairs[i].Key, pairs[i].LoadImage, TrainIds(predicted, (byte)CityscapesLabels.LabelSet.Count), TrainIds(truth, LabelSet.Ignored));
    }
}
