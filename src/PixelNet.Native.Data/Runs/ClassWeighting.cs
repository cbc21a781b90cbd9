using PixelNet.Native.Data.Presets;

namespace PixelNet.Native.Data.Runs;

/// <summary>Class weights of the loss from how often the classes occur: w(c) = 1/sqrt(share of c), scaled to mean 1 over the classes present, at most 10.</summary>
public static class ClassWeighting
{
    private const double Largest = 10;
    private const int CountedImages = 500;

    /// <summary>The weights by train id; null where every class weighs 1.</summary>
    /// <param name="config">The run's configuration.</param>
    /// <param name="train">Counted: all its images, or 500 evenly spread.</param>
    /// <param name="classes">Number of classes of the network.</param>
    public static double[]? Of(RunConfig config, ISegmentationDataset train, int classes) =>
        config.Loss.ClassWeights == "none" ? null : SquareRootOfFrequency(Count(train, classes, config.Defects.VoidAsClass));

    /// <summary>The formula. A class that never occurs weighs 1: its weight multiplies nothing.</summary>
    public static double[] SquareRootOfFrequency(IReadOnlyList<long> pixels)
    {
        double all = pixels.Sum();
        double[] weights = [.. pixels.Select(n => n == 0 ? 0 : Math.Sqrt(all / n))];
        double mean = weights.Where(w => w > 0).DefaultIfEmpty(1).Average();
        return [.. weights.Select(w => w == 0 ? 1 : Math.Min(w / mean, Largest))];
    }

    private static long[] Count(ISegmentationDataset train, int classes, bool voidIsClass)
    {
        int images = Math.Min(train.Count, CountedImages);
        var perImage = new long[images][];
        Parallel.For(0, images, i =>
        {
            var counts = new long[256];
            foreach (byte label in train.LoadLabels((int)((long)i * train.Count / images)).Labels) counts[label]++;
            perImage[i] = counts;
        });
        var pixels = new long[classes];
        foreach (var counts in perImage)
        {
            if (voidIsClass) counts[classes - 1] = counts[LabelSet.Ignored];
            for (int c = 0; c < classes; c++) pixels[c] += counts[c];
        }
        return pixels;
    }
}
