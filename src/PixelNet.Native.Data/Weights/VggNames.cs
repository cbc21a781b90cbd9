namespace PixelNet.Native.Data.Weights;

/// <summary>The layers of VGG16 by the names of its paper and of torchvision's <c>vgg16</c> and <c>vgg16_bn</c>.</summary>
internal static class VggNames
{
    /// <summary>conv1_1 … conv5_3.</summary>
    public static IReadOnlyList<string> Convolutions { get; } =
        [.. new[] { 2, 2, 3, 3, 3 }.SelectMany((depth, block) => Enumerable.Range(1, depth).Select(i => $"conv{block + 1}_{i}"))];

    /// <summary>fc6, fc7, fc8.</summary>
    public static IReadOnlyList<string> Dense { get; } = ["fc6", "fc7", "fc8"];

    /// <summary>The parts of a layer.</summary>
    public static IReadOnlyList<string> Parts { get; } = ["weight", "bias", "running_mean", "running_var"];

    private static readonly Dictionary<string, int> Plain = Indices(batchNorm: false), Normed = Indices(batchNorm: true);
    private static readonly Dictionary<int, string> PlainLayers = Inverse(Plain), NormedLayers = Inverse(Normed);

    /// <summary>torchvision's name of a layer, such as <c>features.0</c> of conv1_1; batch normalisations are bn1_1 ….</summary>
    public static string Torchvision(string layer, bool batchNorm) => layer[0] == 'f'
        ? $"classifier.{3 * (layer[2] - '6')}" : $"features.{(batchNorm ? Normed : Plain)[layer]}";

    /// <summary>The layer at an index of torchvision's <c>features</c>, or null.</summary>
    public static string? LayerAt(int index, bool batchNorm) => (batchNorm ? NormedLayers : PlainLayers).GetValueOrDefault(index);

    private static Dictionary<string, int> Indices(bool batchNorm)
    {
        var indices = new Dictionary<string, int>();
        int index = 0;
        string last = "1";
        foreach (string name in Convolutions)
        {
            string block = name[4..5];
            if (block != last) index++; // the pool between two blocks
            last = block;
            indices.Add(name, index);
            if (batchNorm) indices.Add("bn" + name[4..], index + 1);
            index += batchNorm ? 3 : 2;
        }
        return indices;
    }

    private static Dictionary<int, string> Inverse(Dictionary<string, int> indices) => indices.ToDictionary(pair => pair.Value, pair => pair.Key);
}
