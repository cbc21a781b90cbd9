using System.Globalization;
using PixelNet.Native.Backends;

namespace PixelNet.Native.Data.Weights;

/// <summary>
/// What weights expect of an image: channels in an order, then y[c] = (x[c]*Scale - Mean[c]) / Deviation[c] for bytes x. Travels in the metadata of
/// an imported file as <c>channel_order</c>, <c>scale</c>, <c>mean</c>, <c>std</c>, and becomes the engine's <c>Normalize</c>.
/// </summary>
/// <param name="Bgr">Blue first; else red first.</param>
/// <param name="Scale">Multiplies a byte.</param>
/// <param name="Mean">By channel, in the order of the weights, after scaling.</param>
/// <param name="Deviation">By channel, in the order of the weights.</param>
public sealed record WeightPreprocessing(bool Bgr, double Scale, double[] Mean, double[] Deviation)
{
    /// <summary>torchvision: RGB scaled to 0 .. 1, ImageNet's mean and deviation.</summary>
    public static WeightPreprocessing Torchvision { get; } = new(false, 1.0 / 255, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);

    /// <summary>Caffe and Keras: BGR bytes less ImageNet's mean (pixelnet.md 1).</summary>
    public static WeightPreprocessing Caffe { get; } = new(true, 1, [103.939, 116.779, 123.68], [1, 1, 1]);

    /// <summary>TF-slim and vgg16_weights.npz: RGB bytes less ImageNet's mean.</summary>
    public static WeightPreprocessing RgbMean { get; } = new(false, 1, [123.68, 116.779, 103.939], [1, 1, 1]);

    /// <summary>Names that <see cref="Parse"/> takes.</summary>
    public static IReadOnlyList<string> Names { get; } = ["torchvision", "caffe", "rgb-mean"];

    /// <summary>The preprocessing of that name.</summary>
    /// <exception cref="PixelNetException">There is none.</exception>
    public static WeightPreprocessing Parse(string name) => name switch
    {
        "torchvision" => Torchvision,
        "caffe" => Caffe,
        "rgb-mean" => RgbMean,
        _ => throw new PixelNetException($"there is no preprocessing '{name}'; take one of {string.Join(", ", Names)}"),
    };

    /// <summary>The engine's form: gain = scale/std, offset = -mean/std.</summary>
    public ChannelTransform ToTransform()
    {
        float Gain(int c) => (float)(Scale / Deviation[c]);
        float Offset(int c) => (float)(-Mean[c] / Deviation[c]);
        return new ChannelTransform(Bgr, Gain(0), Gain(1), Gain(2), Offset(0), Offset(1), Offset(2));
    }

    /// <summary>The form in which a file's metadata has it.</summary>
    public IEnumerable<KeyValuePair<string, string>> ToMetadata() =>
        [new("channel_order", Bgr ? "bgr" : "rgb"), new("scale", Text(Scale)), new("mean", string.Join(' ', Mean.Select(Text))), new("std", string.Join(' ', Deviation.Select(Text)))];

    /// <summary>What a file's metadata says; null where it says nothing.</summary>
    /// <exception cref="PixelNetException">It says only a part, or nonsense.</exception>
    public static WeightPreprocessing? FromMetadata(IReadOnlyDictionary<string, string> metadata, string source)
    {
        string[] keys = ["channel_order", "scale", "mean", "std"];
        if (!keys.Any(metadata.ContainsKey)) return null;
        double[]? Numbers(string key, int count)
        {
            if (!metadata.TryGetValue(key, out string? text)) return null;
            double?[] numbers = [.. text.Split(' ').Select(word => double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : (double?)null)];
            return numbers.Length == count && numbers.All(number => number is not null) ? [.. numbers.Select(number => number!.Value)] : null;
        }
        var (order, scale, mean, std) = (metadata.GetValueOrDefault("channel_order"), Numbers("scale", 1), Numbers("mean", 3), Numbers("std", 3));
        if (order is not ("rgb" or "bgr") || scale is not [> 0] || mean is null || std is null || std.Any(value => value <= 0))
            throw new PixelNetException($"{source} names its preprocessing incompletely: its metadata needs channel_order (rgb or bgr), a scale above 0, three means and three deviations above 0; import the original weights again");
        return new WeightPreprocessing(order == "bgr", scale[0], mean, std);
    }

    /// <summary>Such as <c>BGR, x1, mean 103.939 116.779 123.68, std 1 1 1</c>.</summary>
    public override string ToString() => $"{(Bgr ? "BGR" : "RGB")}, x{Scale.ToString("G6", CultureInfo.InvariantCulture)}, mean {string.Join(' ', Mean.Select(Text))}, std {string.Join(' ', Deviation.Select(Text))}";

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
