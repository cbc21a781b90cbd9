namespace PixelNet.Native.Evaluation;

/// <summary>
/// The scores of a set of images, as fractions; NaN where a score is not defined (an ignored label, a class that occurs nowhere, a label without
/// instances), and such entries are left out of the means. Made by <see cref="CityscapesMetrics"/>, which gives the formulas.
/// </summary>
public sealed record SegmentationScores
{
    /// <summary>The stored labels by id: the rows and columns of <see cref="Confusion"/>.</summary>
    public required IReadOnlyList<ScoredLabel> Labels { get; init; }

    /// <summary>Pixels by ground truth and prediction, ignored labels included.</summary>
    public required ConfusionMatrix Confusion { get; init; }

    /// <summary>Categories in the order of the label table; empty where the data set has none.</summary>
    public required IReadOnlyList<string> Categories { get; init; }

    /// <summary>Intersection over union by label id.</summary>
    public required IReadOnlyList<double> ClassIou { get; init; }

    /// <summary>Instance-weighted IoU (iIoU) by label id.</summary>
    public required IReadOnlyList<double> ClassInstanceIou { get; init; }

    /// <summary>IoU by category.</summary>
    public required IReadOnlyList<double> CategoryIou { get; init; }

    /// <summary>Instance-weighted IoU by category.</summary>
    public required IReadOnlyList<double> CategoryInstanceIou { get; init; }

    /// <summary>Share of all pixels, ignored ones included, whose ground truth is this label, by label id.</summary>
    public required IReadOnlyList<double> Priors { get; init; }

    /// <summary>Sum over evaluated labels of their share of the valid pixels times their IoU.</summary>
    public required double FrequencyWeightedIou { get; init; }

    /// <summary>Share of the valid pixels that are right.</summary>
    public required double PixelAccuracy { get; init; }

    /// <summary>Mean over the evaluated labels that occur of the share of their pixels that are right.</summary>
    public required double MeanAccuracy { get; init; }

    /// <summary>Mean of <see cref="ClassIou"/>: the mIoU.</summary>
    public double MeanIou => CityscapesMetrics.Mean(ClassIou);

    /// <summary>Mean of <see cref="ClassInstanceIou"/>.</summary>
    public double MeanInstanceIou => CityscapesMetrics.Mean(ClassInstanceIou);

    /// <summary>Mean of <see cref="CategoryIou"/>.</summary>
    public double MeanCategoryIou => CityscapesMetrics.Mean(CategoryIou);

    /// <summary>Mean of <see cref="CategoryInstanceIou"/>.</summary>
    public double MeanCategoryInstanceIou => CityscapesMetrics.Mean(CategoryInstanceIou);

    /// <summary>Whether there are instance-weighted scores: every image came with an instance map.</summary>
    public required bool HasInstances { get; init; }

    /// <summary>Ids of the evaluated labels, ascending; Cityscapes' 19 are then in train-id order.</summary>
    public IReadOnlyList<int> Evaluated => [.. Enumerable.Range(0, Labels.Count).Where(id => Labels[id].IsEvaluated)];

    /// <summary>
    /// The confusion matrix of the evaluated labels alone, [L, L + 1]: rows and columns in the order of <see cref="Evaluated"/>, and a last column for
    /// pixels that were predicted as an ignored label, so that rows sum to the valid pixels of their label.
    /// </summary>
    public long[,] EvaluatedConfusion()
    {
        var ids = Evaluated;
        var counts = new long[ids.Count, ids.Count + 1];
        for (int i = 0; i < ids.Count; i++)
        {
            long left = Confusion.RowSum(ids[i]);
            for (int j = 0; j < ids.Count; j++) left -= counts[i, j] = Confusion[ids[i], ids[j]];
            counts[i, ids.Count] = left;
        }
        return counts;
    }
}
