using PixelNet.Native.Data.Imaging;
using PixelNet.Native.Evaluation;

namespace PixelNet.Native.Data.Reports;

/// <summary>One image while it is evaluated; the maps are not kept.</summary>
/// <param name="Order">0 for the first image evaluated, and so on.</param>
/// <param name="Of">How many are evaluated.</param>
/// <param name="Key">What names it in reports.</param>
/// <param name="LoadImage">Gives the picture; null where only its label maps are known. Called if it is shown.</param>
/// <param name="Predicted">Train ids; L where no evaluated class is predicted.</param>
/// <param name="Truth">Train ids, <see cref="LabelSet.Ignored"/> where not evaluated.</param>
public sealed record EvaluatedImage(int Order, int Of, string Key, Func<RgbImage?> LoadImage, LabelMap<byte> Predicted, LabelMap<byte> Truth)
{
    /// <summary>The scores of this image alone, by train id.</summary>
    /// <param name="labels">The classes.</param>
    public SegmentationScores Scores(LabelSet labels)
    {
        var accumulator = new ClassAccumulator(labels.ClassNames, predictsVoid: true);
        accumulator.Add(Predicted.Labels, Truth.Labels);
        return accumulator.Scores();
    }
}
