using System.Text.RegularExpressions;

namespace PixelNet.Native.Data.Weights;

/// <summary>In which order a convention counts the axes of filters, outermost first: K outputs, R rows, S columns, C inputs.</summary>
internal enum FilterOrder
{
    /// <summary>PyTorch and Caffe; a dense layer is [K, C*7*7], its columns in the order (c, row, column).</summary>
    Kcrs,

    /// <summary>Keras and TensorFlow; a dense layer is [7*7*C, K], its rows in the order (row, column, c).</summary>
    Rsck,

    /// <summary>This engine.</summary>
    Krsc,
}

/// <summary>How a family of VGG16 files names its tensors, orders their axes and prepares images.</summary>
/// <param name="Name">What messages call it.</param>
/// <param name="Order">The axes of its filters.</param>
/// <param name="Preprocessing">What its networks expect; null = only the file's metadata knows.</param>
/// <param name="Parse">Layer and part (<see cref="VggNames"/>) of a tensor's name; null = not of this convention.</param>
internal sealed partial record WeightConvention(string Name, FilterOrder Order, WeightPreprocessing? Preprocessing, Func<string, bool, (string Layer, string Part)?> Parse)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<WeightConvention> All { get; } =
    [
        new("torchvision", FilterOrder.Kcrs, WeightPreprocessing.Torchvision, ParseTorchvision),
        // Caffe's weights under almost torchvision's names (vgg16-00b39a1b.pth): dropout comes before fc6 and fc7, which moves their numbers by one.
        new("pytorch-vgg", FilterOrder.Kcrs, WeightPreprocessing.Caffe, ParsePytorchVgg),
        new("Caffe", FilterOrder.Kcrs, WeightPreprocessing.Caffe, ParseCaffe),
        new("Keras", FilterOrder.Rsck, WeightPreprocessing.Caffe, ParseKeras),
        new("vgg16_weights.npz", FilterOrder.Rsck, WeightPreprocessing.RgbMean, ParseNpz),
        new("TF-slim", FilterOrder.Rsck, WeightPreprocessing.RgbMean, ParseSlim),
        new("PixelNet checkpoint", FilterOrder.Krsc, null, ParseCheckpoint),
    ];

    private static (string, string)? ParseTorchvision(string name, bool batchNorm)
    {
        if (TorchFeatures().Match(name) is { Success: true } feature && int.TryParse(feature.Groups[1].ValueSpan, out int index))
            return VggNames.LayerAt(index, batchNorm) is { } layer ? (layer, feature.Groups[2].Value) : null;
        // torchvision's own classifier, and timm's, whose fc6 and fc7 are convolutions already.
        if (TorchClassifier().Match(name) is { Success: true } dense)
            return ($"fc{6 + (dense.Groups[1].Value[0] - '0') / 3}", dense.Groups[2].Value);
        if (TimmClassifier().Match(name) is { Success: true } timm)
            return (timm.Groups[1].Value switch { "pre_logits.fc1" => "fc6", "pre_logits.fc2" => "fc7", _ => "fc8" }, timm.Groups[2].Value);
        return null;
    }

    private static (string, string)? ParsePytorchVgg(string name, bool batchNorm)
    {
        if (PytorchVggClassifier().Match(name) is { Success: true } dense) return ($"fc{6 + (dense.Groups[1].Value[0] - '0') / 3}", dense.Groups[2].Value);
        return TorchFeatures().IsMatch(name) ? ParseTorchvision(name, batchNorm) : null;
    }

    // Layers' blobs are numbered by the reader: conv1_1[0] filters, conv1_1[1] biases. Fully convolutional forms call fc6 also fc6-conv or conv6.
    private static (string, string)? ParseCaffe(string name, bool batchNorm) => Caffe().Match(name) is { Success: true } match
        ? (match.Groups[1].Success ? match.Groups[1].Value : "fc" + match.Groups[2].Value, match.Groups[3].Value == "0" ? "weight" : "bias") : null;

    private static (string, string)? ParseKeras(string name, bool batchNorm)
    {
        if (name.StartsWith("optimizer", StringComparison.Ordinal) || name.StartsWith("/optimizer", StringComparison.Ordinal)) return null;
        if (KerasNamed().Match(name) is { Success: true } named)
        {
            string layer = named.Groups[1].Value switch
            {
                "fc1" => "fc6",
                "fc2" => "fc7",
                "predictions" => "fc8",
                var block => $"conv{block[5]}_{block[11]}",
            };
            return (layer, named.Groups[2].Value is "0" || named.Groups[3].Value is "kernel" or "W" ? "weight" : "bias");
        }
        // Keras 3 numbers layers by their class: conv2d, conv2d_1, … and dense, dense_1, dense_2.
        if (KerasNumbered().Match(name) is not { Success: true } numbered) return null;
        int number = numbered.Groups[2].Success ? int.Parse(numbered.Groups[2].ValueSpan) : 0;
        var layers = numbered.Groups[1].Value == "conv2d" ? VggNames.Convolutions : VggNames.Dense;
        return number < layers.Count ? (layers[number], numbered.Groups[3].Value == "0" ? "weight" : "bias") : null;
    }

    private static (string, string)? ParseNpz(string name, bool batchNorm) => Npz().Match(name) is { Success: true } match
        ? (match.Groups[1].Value, match.Groups[2].Value == "W" ? "weight" : "bias") : null;

    private static (string, string)? ParseSlim(string name, bool batchNorm) => Slim().Match(name) is { Success: true } match
        ? (match.Groups[1].Value, match.Groups[2].Value == "weights" ? "weight" : "bias") : null;

    private static (string, string)? ParseCheckpoint(string name, bool batchNorm) => Checkpoint().Match(name) is { Success: true } match
        ? (match.Groups[1].Value, match.Groups[2].Value) : null;

    [GeneratedRegex(@"^(?:[\w.]*\.)?features\.(?:module\.)?(\d{1,3})\.(weight|bias|running_mean|running_var)$")]
    private static partial Regex TorchFeatures();

    [GeneratedRegex(@"^(?:[\w.]*\.)?classifier\.([036])\.(weight|bias)$")]
    private static partial Regex TorchClassifier();

    [GeneratedRegex(@"^(?:[\w.]*\.)?classifier\.([146])\.(weight|bias)$")]
    private static partial Regex PytorchVggClassifier();

    [GeneratedRegex(@"^(?:[\w.]*\.)?(pre_logits\.fc1|pre_logits\.fc2|head\.fc)\.(weight|bias)$")]
    private static partial Regex TimmClassifier();

    [GeneratedRegex(@"^(?:(conv[1-5]_[1-3])|(?:fc|conv)([678])(?:[-_]?f?conv)?)\[([01])\]$")]
    private static partial Regex Caffe();

    [GeneratedRegex(@"(?:^|/)(block[1-5]_conv[1-3]|fc1|fc2|predictions)/(?:.*/)?(?:vars/([01])|(?:\w+_)?(kernel|bias|W|b)(?:_\d{1,3})?(?::0)?)$")]
    private static partial Regex KerasNamed();

    [GeneratedRegex(@"(?:^|/)(?:layers|_layer_checkpoint_dependencies)/(?:\w+/layers/)?(conv2d|dense)(?:_(\d{1,3}))?/vars/([01])$")]
    private static partial Regex KerasNumbered();

    [GeneratedRegex(@"^(conv[1-5]_[1-3]|fc[678])_(W|b)$")]
    private static partial Regex Npz();

    [GeneratedRegex(@"^(?:[\w./-]*/)?(conv[1-5]_[1-3]|fc[678])/(weights|biases)$")]
    private static partial Regex Slim();

    [GeneratedRegex(@"^((?:conv|bn)[1-5]_[1-3]|(?:fc|bn)[67])\.(weight|bias|running_mean|running_var)$")]
    private static partial Regex Checkpoint();
}
