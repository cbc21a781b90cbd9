using PixelNet.Native.Backends;
using PixelNet.Native.Data.Imaging;
using PixelNet.Native.Sampling;

namespace PixelNet.Native.Data.Loading;

/// <summary>
/// Makes the batch of one step, a pure function of (data set, options, step): order, then for each image flip, scale, place and gain, then
/// its pixels, then the cell lists. One instance a thread: it keeps all scratch.
/// </summary>
internal sealed class BatchBuilder
{
    private readonly ISegmentationDataset _dataset;
    private readonly LoaderOptions _options;
    private readonly ImageCache _cache;
    private readonly EpochOrder _order;
    private readonly PixelSampler _sampler;
    private readonly Resizer _resizer = new();
    private readonly byte[] _labels;
    private readonly int[] _indices;
    private readonly byte[] _gain = new byte[3 * 256];

    public BatchBuilder(ISegmentationDataset dataset, LoaderOptions options, ImageCache cache)
    {
        (_dataset, _options, _cache) = (dataset, options, cache);
        _order = new EpochOrder(dataset.Count, options.Seed);
        _sampler = new PixelSampler(new NormalizeSizes(options.Images, options.Height, options.Width), options.Sampling, options.Seed);
        _labels = new byte[options.Images * options.Height * options.Width];
        _indices = new int[options.Images];
    }

    /// <summary>Bytes of scratch that an instance keeps, apart from the resizer's few rows.</summary>
    public static long ScratchBytes(LoaderOptions options) => (options.Images + 4L) * options.Height * options.Width + options.Height * options.Width / 8;

    /// <summary>Fills a batch. Returns what was unusual; its image is an index of the data set.</summary>
    public SamplingOutcome Build(HostBatch batch, long step)
    {
        batch.Step = step;
        for (int i = 0; i < _indices.Length; i++)
        {
            _indices[i] = _order[(step - 1) * _indices.Length + i];
            FillImage(batch, step, i);
        }
        SamplingOutcome outcome;
        try
        {
            outcome = _sampler.Sample(step, _labels, batch.Samples, batch.Targets);
        }
        catch (PixelNetException failure)
        {
            throw new PixelNetException($"{failure.Message} (its images: {string.Join(", ", _indices.Select(_dataset.ImagePath))})", failure);
        }
        foreach (var cells in batch.Cells) cells.Build(batch.Samples);
        return outcome.ShortImage < 0 ? outcome : outcome with { ShortImage = _indices[outcome.ShortImage] };
    }

    private void FillImage(HostBatch batch, long step, int i)
    {
        int width = _options.Width, height = _options.Height, area = width * height;
        var pair = _cache.Get(_indices[i]);
        var pixels = batch.Images.AsSpan(3 * area * i, 3 * area);
        var labels = _labels.AsSpan(area * i, area);
        var random = new PhiloxStream(_options.Seed, RandomPurpose.Augmentation, (uint)step, (uint)i);

        bool mirrored = random.NextDouble() < _options.Flip;
        if (_options.Scales)
        {
            var from = Cut(pair, mirrored, labels, ref random);
            if (_options.NearestResize) _resizer.ResizeNearest(pair.Image, from, pixels, width, height);
            else _resizer.Resize(pair.Image, from, pixels, width, height);
        }
        else
        {
            // The pair has input size already.
            CopyImage(pair.Image.Pixels, pixels, width, mirrored);
            CopyLabels(pair.Labels.Labels, labels, width, mirrored);
        }
        if (_options.Gain is not (1, 1)) ApplyGain(pixels, ref random);
    }

    // Draws scale and place and fills the labels. A cut that shows no label is drawn again, and at last the whole image is taken.
    private SourceRectangle Cut(TrainingPair pair, bool mirrored, Span<byte> labels, ref PhiloxStream random)
    {
        int sourceWidth = pair.Image.Width, sourceHeight = pair.Image.Height;
        for (int attempt = 0; ; attempt++)
        {
            double scale = attempt < 10 ? Between(_options.Scale, random.NextDouble()) : 1;
            double width = sourceWidth / scale, height = sourceHeight / scale;
            var from = new SourceRectangle(random.NextDouble() * (sourceWidth - width), random.NextDouble() * (sourceHeight - height), width, height, mirrored);
            _resizer.ResizeLabels(pair.Labels, from, LabelSet.Ignored, labels, _options.Width, _options.Height);
            if (attempt == 10 || labels.ContainsAnyExcept(LabelSet.Ignored)) return from;
        }
    }

    private static void CopyImage(ReadOnlySpan<byte> source, Span<byte> target, int width, bool mirrored)
    {
        if (!mirrored)
        {
            source.CopyTo(target);
            return;
        }
        for (int at = 0; at < source.Length; at += 3 * width)
        {
            var from = source.Slice(at, 3 * width);
            var to = target.Slice(at, 3 * width);
            for (int x = 0, other = to.Length - 3; x < from.Length; x += 3, other -= 3)
                (to[other], to[other + 1], to[other + 2]) = (from[x], from[x + 1], from[x + 2]);
        }
    }

    private static void CopyLabels(ReadOnlySpan<byte> source, Span<byte> target, int width, bool mirrored)
    {
        source.CopyTo(target);
        if (!mirrored) return;
        for (int at = 0; at < target.Length; at += width) target.Slice(at, width).Reverse();
    }

    // As the authors do (pixelnet.md 4), but at input size: each channel's gain in 8 bits, rounded, saturated.
    private void ApplyGain(Span<byte> pixels, ref PhiloxStream random)
    {
        for (int c = 0; c < 3; c++)
        {
            double gain = Between(_options.Gain, random.NextDouble());
            for (int v = 0; v < 256; v++) _gain[256 * c + v] = (byte)Math.Min(v * gain + 0.5, 255);
        }
        for (int i = 0; i < pixels.Length; i += 3)
            (pixels[i], pixels[i + 1], pixels[i + 2]) = (_gain[pixels[i]], _gain[256 + pixels[i + 1]], _gain[512 + pixels[i + 2]]);
    }

    private static double Between((double Min, double Max) range, double u) => range.Min + (range.Max - range.Min) * u;
}
