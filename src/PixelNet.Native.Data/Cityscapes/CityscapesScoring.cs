using PixelNet.Native.Evaluation;

namespace PixelNet.Native.Data.Cityscapes;

/// <summary>The label table as the scores need it: <see cref="CityscapesLabels"/> with the official average instance sizes.</summary>
public static class CityscapesScoring
{
    /// <summary>Pixels of the average instance of a class in the 2048 x 1024 training images: constants of the official evaluation, never scaled with the image.</summary>
    private static readonly Dictionary<string, double> AverageInstanceSizes = new()
    {
        ["person"] = 3462.4756337644,
        ["rider"] = 3930.4788056518,
        ["car"] = 12794.0202738185,
        ["truck"] = 27855.1264367816,
        ["bus"] = 35732.1511111111,
        ["caravan"] = 36771.8241758242,
        ["trailer"] = 16926.9763313609,
        ["train"] = 67583.7075812274,
        ["motorcycle"] = 6298.7200839748,
        ["bicycle"] = 4672.3249222261,
    };

    /// <summary>The 34 stored labels by id; for <see cref="CityscapesAccumulator"/>. The license plate is never painted and has no row.</summary>
    public static IReadOnlyList<ScoredLabel> Labels { get; } = [.. CityscapesLabels.All.Take(CityscapesLabels.IdCount).Select(label => new ScoredLabel(
        label.Name, !label.IgnoreInEval, label.Category, label.HasInstances, AverageInstanceSizes.GetValueOrDefault(label.Name, double.NaN)))];
}
