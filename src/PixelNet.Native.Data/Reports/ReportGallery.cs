namespace PixelNet.Native.Data.Reports;

/// <summary>
/// Picks the images that a report shows while they are evaluated, by any threads in any order: a few fixed ones, always the same of a split, and the worst.
/// Keeps their thumbnails and nothing of the others.
/// </summary>
/// <param name="labels">The classes.</param>
public sealed class ReportGallery(LabelSet labels)
{
    private const int FixedCount = 4, WorstCount = 8;
    private readonly Lock _gate = new();
    private readonly List<ReportPicture> _fixed = [], _worst = [];

    /// <summary>The classes.</summary>
    public LabelSet Labels => labels;

    /// <summary>Evenly spread over the images.</summary>
    internal IReadOnlyList<ReportPicture> Fixed => [.. _fixed.OrderBy(picture => picture.Order)];

    /// <summary>Those with the largest share of wrong pixels, the worst first.</summary>
    internal IReadOnlyList<ReportPicture> Worst => _worst;

    /// <summary>Looks at one image.</summary>
    public void Add(EvaluatedImage image)
    {
        var scores = image.Scores(labels);
        double wrong = 1 - scores.PixelAccuracy;
        bool isFixed = DatasetChecks.Spread(image.Of, FixedCount).Contains(image.Order), isWorst;
        lock (_gate) isWorst = wrong > 0 && PlaceOf(wrong, image.Order) < WorstCount;
        if (!isFixed && !isWorst) return;
        var picture = ReportPicture.Make(image, scores, labels);
        lock (_gate)
        {
            if (isFixed) _fixed.Add(picture);
            if (!isWorst) return;
            _worst.Insert(PlaceOf(wrong, image.Order), picture);
            if (_worst.Count > WorstCount) _worst.RemoveAt(WorstCount);
        }
    }

    // Behind those that are worse, or as bad and earlier.
    private int PlaceOf(double wrong, int order) => _worst.Count(other => other.Wrong > wrong || (other.Wrong == wrong && other.Order < order));
}
