namespace PixelNet.Native.Evaluation;

/// <summary>What the scores need to know of one stored label; a table of them is indexed by the label's id.</summary>
/// <param name="Name">As scores are named: <c>traffic light</c>.</param>
/// <param name="IsEvaluated">Whether ground-truth pixels of this label are scored; those of other labels cost nothing.</param>
/// <param name="Category">Name of its category; null where a data set has none.</param>
/// <param name="HasInstances">Whether instance maps tell its objects apart (id * 1000 + number).</param>
/// <param name="AverageInstanceSize">Pixels of its average instance, the numerator of instance weights; a constant, never scaled with the image.</param>
public sealed record ScoredLabel(string Name, bool IsEvaluated, string? Category = null, bool HasInstances = false, double AverageInstanceSize = double.NaN)
{
    /// <summary>Whether it gets an instance-weighted score.</summary>
    public bool IsScoredByInstance => IsEvaluated && HasInstances;
}
