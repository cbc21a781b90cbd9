using PixelNet.Native.Evaluation;

namespace PixelNet.Native.Data.Reports;

/// <summary>One way of being wrong: pixels of a class that were predicted as another.</summary>
/// <param name="Truth">The class.</param>
/// <param name="Predicted">What it was taken for; "ignored" for a label that is not evaluated.</param>
/// <param name="Share">Its share of all valid pixels, 0 to 1.</param>
internal readonly record struct Confusion(string Truth, string Predicted, double Share)
{
    /// <summary>The most frequent confusions, the most frequent first.</summary>
    public static IReadOnlyList<Confusion> Most(SegmentationScores scores, int count)
    {
        var ids = scores.Evaluated;
        var matrix = scores.EvaluatedConfusion();
        double valid = matrix.Cast<long>().Sum();
        var cells = from truth in Enumerable.Range(0, ids.Count)
                    from predicted in Enumerable.Range(0, ids.Count + 1)
                    where truth != predicted && matrix[truth, predicted] > 0
                    orderby matrix[truth, predicted] descending
                    select new Confusion(scores.Labels[ids[truth]].Name, predicted == ids.Count ? "ignored" : scores.Labels[ids[predicted]].Name, matrix[truth, predicted] / valid);
        return [.. cells.Take(count)];
    }
}
