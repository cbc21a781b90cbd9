using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace PixelNet.Native.Model;

/// <summary>
/// What a PixelNet is: trunk, taps, head, and how it starts. It decides the names and shapes of all parameters; the size of the images does not.
/// Stored in checkpoints as JSON.
/// </summary>
public sealed record PixelNetConfig
{
    /// <summary>The layers that can be tapped, shallow to deep; conv4_3 has stride 8, fc7 stride 32.</summary>
    public static IReadOnlyList<string> TapNames { get; } = ["conv1_2", "conv2_2", "conv3_3", "conv4_3", "conv5_3", "fc7"];

    /// <summary>Multiplies VGG16's channel numbers 64, 128, 256, 512, 512 (and 4096 of fc6 and fc7), rounded, at least 1.</summary>
    public double Width { get; init; } = 1;

    /// <summary>Batch normalisation between every convolution of the trunk and its ReLU; the convolutions then have no bias.</summary>
    public bool BatchNorm { get; init; }

    /// <summary>Scale and shift in the batch normalisation; off = Caffe's form.</summary>
    public bool BatchNormAffine { get; init; } = true;

    /// <summary>Tapped layers: any of <see cref="TapNames"/>, in that order. The trunk ends at the deepest.</summary>
    public IReadOnlyList<string> Taps { get; init; } = ["conv1_2", "conv2_2", "conv3_3", "conv4_3", "conv5_3"];

    /// <summary>Standardise each column of the hypercolumn by a mean and deviation measured once (<c>MeasureTapStatistics</c>; pixelnet.md
    /// 8).</summary>
    public bool StandardizeTaps { get; init; }

    /// <summary>Widths of the head's hidden layers; none = a linear classifier.</summary>
    public IReadOnlyList<int> Head { get; init; } = [4096, 4096];

    /// <summary>L: number of classes.</summary>
    public int Classes { get; init; } = 19;

    /// <summary>Dropout behind each hidden layer of the head, and behind fc6 and fc7.</summary>
    public float Dropout { get; init; }

    /// <summary>How the trunk's filters start.</summary>
    public WeightInitializer TrunkInitializer { get; init; } = WeightInitializer.He;

    /// <summary>How the head's weights start.</summary>
    public WeightInitializer HeadInitializer { get; init; } = WeightInitializer.He;

    /// <summary>Which ops the head is made of.</summary>
    public HeadKernel HeadKernel { get; init; }

    /// <summary>Name patterns (<c>*</c>, <c>?</c>) of parameters that do not learn, such as <c>conv1_*</c>. A batch normalisation whose running
    /// statistics match (<c>bn1_*</c>) uses them, unchanged, in training too.</summary>
    public IReadOnlyList<string> Freeze { get; init; } = [];

    /// <summary>Defect of the 2018 run (pixelnet.md 0), for comparison: a ReLU on the logits.</summary>
    public bool ReluOnLogits { get; init; }

    /// <summary>Defect of the 2018 run: dropout stays on in prediction.</summary>
    public bool DropoutAtTest { get; init; }

    /// <summary>D: width of the hypercolumn.</summary>
    [JsonIgnore]
    public int HypercolumnWidth => Taps.Sum(tap => Channels(tap));

    /// <summary>Whether one fused op does the head.</summary>
    [JsonIgnore]
    public bool UsesFusedHead => HeadKernel == HeadKernel.Fused
        || (HeadKernel == HeadKernel.Auto && !ReluOnLogits && Head.All(width => width <= 256));

    /// <summary>Channels of the tapped layer.</summary>
    public int Channels(string tap) => Channels(BlockOf(tap));

    /// <summary>The block, 0 .. 5, that the layer ends; -1 = there is no such tap.</summary>
    internal static int BlockOf(string tap)
    {
        for (int i = 0; i < TapNames.Count; i++)
            if (TapNames[i] == tap) return i;
        return -1;
    }

    /// <summary>Channels of block <paramref name="block"/>, 0 .. 5 (5 = fc6 and fc7).</summary>
    internal int Channels(int block) => Math.Max(1, (int)Math.Round(Width * (block switch { 0 => 64, 1 => 128, 2 => 256, 5 => 4096, _ => 512 })));

    /// <summary>The configuration as one line of JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, StoredJson.Default.PixelNetConfig);

    /// <summary>Reads what <see cref="ToJson"/> wrote, and validates it.</summary>
    /// <exception cref="PixelNetException">It is not such a configuration.</exception>
    public static PixelNetConfig FromJson(string json)
    {
        try
        {
            // What the text leaves out has its default, which compiled-in deserialisation alone would set to zero.
            var properties = JsonSerializer.SerializeToNode(new PixelNetConfig(), StoredJson.Default.PixelNetConfig)!.AsObject();
            var given = JsonNode.Parse(json, documentOptions: new() { MaxDepth = StoredJson.Depth, AllowDuplicateProperties = false }) as JsonObject ?? throw new JsonException("it is no object");
            foreach (var (key, value) in given) properties[key] = value?.DeepClone();
            var config = properties.Deserialize(StoredJson.Default.PixelNetConfig)!;
            config.Validate();
            return config;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter where a name is no Unicode
        {
            throw new PixelNetException($"The model configuration is not valid JSON of this version: {ForeignText.Shorten(e.Message, 300)}", e);
        }
    }

    /// <summary>Refuses what cannot be built.</summary>
    /// <exception cref="PixelNetException">A value is out of range; the message names it.</exception>
    public void Validate()
    {
        string choices = string.Join(", ", TapNames);
        if (Width is not (>= 1.0 / 64 and <= 4)) throw Refused($"width {Width} of the trunk is not between 1/64 and 4");
        if (Taps is not { Count: > 0 }) throw Refused($"no layer is tapped; name at least one of {choices}");
        for (int i = 0; i < Taps.Count; i++)
        {
            if (BlockOf(Taps[i]) < 0) throw Refused($"there is no layer '{Taps[i]}' to tap; take some of {choices}");
            if (i > 0 && BlockOf(Taps[i]) <= BlockOf(Taps[i - 1]))
                throw Refused($"taps go from shallow to deep, each once, but '{Taps[i]}' follows '{Taps[i - 1]}'");
        }
        if (Head is not { Count: <= 8 }) throw Refused("the head has more than 8 hidden layers");
        foreach (int width in Head)
            if (width is not (>= 1 and <= 16384)) throw Refused($"a hidden layer of the head has width {width}, not 1 to 16384");
        if (Classes is not (>= 2 and <= 255)) throw Refused($"{Classes} classes are not between 2 and 255");
        if (Dropout is not (>= 0 and <= 0.99f)) throw Refused($"dropout {Dropout} is not between 0 and 0.99");
        if (!Enum.IsDefined(TrunkInitializer) || !Enum.IsDefined(HeadInitializer)) throw Refused("there is no such initialiser");
        if (!Enum.IsDefined(HeadKernel)) throw Refused("there is no such head kernel");
        if (HeadKernel == HeadKernel.Fused && ReluOnLogits) throw Refused("the fused head has no ReLU on the logits; take the composed one");
        if (Freeze is null || Freeze.Any(string.IsNullOrEmpty)) throw Refused("a freeze pattern is empty");
    }

    private static PixelNetException Refused(string problem) => new($"The model cannot be built: {problem}");
}

/// <summary>How weights start; biases start at 0.</summary>
public enum WeightInitializer
{
    /// <summary>N(0, 2/fan-in) (He et al., 2015).</summary>
    He,

    /// <summary>N(0, sigma^2), the authors' form: sigma 0.01 in the trunk, 0.001 in the head (pixelnet.md 3).</summary>
    Gaussian,

    /// <summary>The same sigmas, drawn again beyond two sigma: the 2018 run's form.</summary>
    Truncated,
}

/// <summary>Which ops the head is made of; the results agree to rounding.</summary>
public enum HeadKernel
{
    /// <summary>Fused where every hidden width is at most 256 and the logits have no ReLU.</summary>
    Auto,

    /// <summary>One <c>PixelMlp</c>.</summary>
    Fused,

    /// <summary><c>Linear</c> … <c>SoftmaxCrossEntropy</c>.</summary>
    Composed,
}
