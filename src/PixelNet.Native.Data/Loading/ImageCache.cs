using PixelNet.Native.Data.Imaging;

namespace PixelNet.Native.Data.Loading;

/// <summary>An image with its train ids, of one size.</summary>
internal sealed record TrainingPair(RgbImage Image, LabelMap<byte> Labels);

/// <summary>
/// Decoded pairs in memory, up to a byte limit that is planned from the headers: at input size where no scale is drawn, at full size otherwise. What does
/// not fit is decoded each time it is needed. Which pairs are kept depends on the list and the limit alone; all give the same bytes either way.
/// </summary>
internal sealed class ImageCache
{
    private readonly ISegmentationDataset _dataset;
    private readonly LoaderOptions _options;
    private readonly TrainingPair?[] _pairs;

    public ImageCache(ISegmentationDataset dataset, LoaderOptions options)
    {
        (_dataset, _options) = (dataset, options);
        int kept = 0;
        for (; kept < dataset.Count; kept++)
        {
            long bytes = 4L * options.Width * options.Height;
            if (options.Scales)
            {
                var header = dataset.ImageHeader(kept);
                bytes = 4L * header.Width * header.Height;
            }
            if (PlannedBytes + bytes > options.CacheLimit) break;
            PlannedBytes += bytes;
        }
        _pairs = new TrainingPair?[kept];
    }

    /// <summary>Bytes of pixels and labels once every kept pair has been read.</summary>
    public long PlannedBytes { get; }

    /// <summary>Reads or recalls a pair. Two threads may read the same one at once; both results are equal.</summary>
    public TrainingPair Get(int index)
    {
        if (index < _pairs.Length && Volatile.Read(ref _pairs[index]) is { } kept) return kept;
        var image = _dataset.LoadImage(index);
        var labels = _dataset.LoadLabels(index);
        if (_options.VoidClass is { } voidClass) labels.Labels.AsSpan().Replace(LabelSet.Ignored, voidClass);
        if (!_options.Scales)
        {
            image = _options.NearestResize ? Resizer.ResizeNearest(image, _options.Width, _options.Height) : Resizer.Resize(image, _options.Width, _options.Height);
            labels = Resizer.ResizeLabels(labels, _options.Width, _options.Height);
        }
        var pair = new TrainingPair(image, labels);
        if (index < _pairs.Length) Volatile.Write(ref _pairs[index], pair);
        return pair;
    }
}
