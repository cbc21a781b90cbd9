using PixelNet.Native.Data.Imaging;
using PixelNet.Native.Evaluation;

namespace PixelNet.Native.Data.Reports;

/// <summary>An evaluated image as the report shows it: PNG files, at most 384 pixels on the longer side, and what went wrong most.</summary>
/// <param name="Order">Its place among the evaluated images.</param>
/// <param name="Key">What names it.</param>
/// <param name="Wrong">Share of its valid pixels that are wrong.</param>
/// <param name="MeanIou">Its own mIoU.</param>
/// <param name="Confusions">Its most frequent confusions.</param>
/// <param name="Input">The picture; null where it is not known.</param>
/// <param name="Prediction">Predicted classes in their colours.</param>
/// <param name="Truth">The ground truth in the same colours; black where not evaluated.</param>
/// <param name="Errors">The picture in grey with wrong pixels red; black where not evaluated.</param>
internal sealed record ReportPicture(int Order, string Key, double Wrong, double MeanIou, IReadOnlyList<Confusion> Confusions, byte[]? Input, byte[] Prediction, byte[] Truth, byte[] Errors)
{
    private const int LongestSide = 384;
    private const int GreyLevels = 24;
    private const byte WrongIndex = GreyLevels, IgnoredIndex = GreyLevels + 1;
    private static readonly int[] ErrorColors = [.. Enumerable.Range(0, GreyLevels).Select(level => (56 + 176 * level / (GreyLevels - 1)) * 0x010101), 0xE00030, 0x000000];

    /// <summary>Shrinks and compresses.</summary>
    public static ReportPicture Make(EvaluatedImage image, SegmentationScores scores, LabelSet labels)
    {
        double scale = Math.Min(1, (double)LongestSide / Math.Max(image.Truth.Width, image.Truth.Height));
        int width = Math.Max(1, (int)Math.Round(image.Truth.Width * scale)), height = Math.Max(1, (int)Math.Round(image.Truth.Height * scale));
        var input = image.LoadImage() is { } picture ? Resizer.Resize(picture, width, height) : null;
        var predicted = Resizer.ResizeLabels(image.Predicted, width, height);
        var truth = Resizer.ResizeLabels(image.Truth, width, height);
        return new ReportPicture(image.Order, image.Key, 1 - scores.PixelAccuracy, scores.MeanIou, Confusion.Most(scores, 3),
            input is null ? null : Png(stream => PngWriter.WriteRgb(stream, input)), Colored(predicted, labels), Colored(truth, labels), ErrorMap(input, predicted, truth));
    }

    private static byte[] Colored(LabelMap<byte> trainIds, LabelSet labels)
    {
        byte ignored = (byte)labels.Count;
        var map = trainIds with { Labels = Array.ConvertAll(trainIds.Labels, id => Math.Min(id, ignored)) };
        return Png(stream => PngWriter.WritePalette(stream, map, [.. labels.Colors, 0]));
    }

    private static byte[] ErrorMap(RgbImage? input, LabelMap<byte> predicted, LabelMap<byte> truth)
    {
        var map = truth with { Labels = new byte[truth.Labels.Length] };
        for (int p = 0; p < map.Labels.Length; p++)
            map.Labels[p] = truth.Labels[p] == LabelSet.Ignored ? IgnoredIndex : truth.Labels[p] != predicted.Labels[p] ? WrongIndex : Grey(input, p);
        return Png(stream => PngWriter.WritePalette(stream, map, ErrorColors));
    }

    // Luminance (BT.601) in a few levels, which compress well.
    private static byte Grey(RgbImage? input, int pixel) => input is null ? (byte)(GreyLevels - 1)
        : (byte)((299 * input.Pixels[3 * pixel] + 587 * input.Pixels[3 * pixel + 1] + 114 * input.Pixels[3 * pixel + 2]) * GreyLevels / 255_001);

    private static byte[] Png(Action<Stream> write)
    {
        var stream = new MemoryStream();
        write(stream);
        return stream.ToArray();
    }
}
