using System.Runtime.InteropServices;
using PixelNet.Native.Backends;
using PixelNet.Native.Model;

namespace PixelNet.Native.Data.Weights;

/// <summary>
/// The classifier that pretrained weights were made for: VGG16 on one image of 224x224, conv5_3 [14,14,C], fc7 [D], and where the file has fc8 the 1000
/// classes of ImageNet. The engine's fc6 is padded by 3, so its cell (3,3) sees the whole 7x7 map: the dense layer of the original.
/// </summary>
public sealed class VggClassifier : IDisposable
{
    /// <summary>Rows and columns of an image.</summary>
    public const int Size = 224;

    private const int Centre = 3;
    private readonly PretrainedWeights _weights;
    private readonly IBackend _backend;
    private readonly PixelNetModel _model;

    /// <summary>Loads the weights into a network of their width.</summary>
    /// <exception cref="PixelNetException">They are incomplete, of a width that this program has no name for, or memory is short.</exception>
    public VggClassifier(PretrainedWeights weights, IBackend backend)
    {
        (_weights, _backend) = (weights, backend);
        HasDense = weights.Vgg.Find("fc7.weight") is not null && weights.Vgg.Find("fc6.weight") is not null;
        // The head is never asked: one class less would not be a configuration.
        var config = new PixelNetConfig { Width = WidthOf(weights.Vgg), BatchNorm = weights.Vgg.BatchNorm, Taps = HasDense ? ["conv5_3", "fc7"] : ["conv5_3"], Head = [], Classes = 2 };
        _model = new PixelNetModel(config, backend, new NormalizeSizes(1, Size, Size), 1, ModelMode.Inference, weights.Preprocessing.ToTransform());
        try
        {
            _model.Allocate();
            Loaded = weights.LoadInto(_model.Parameters, backend);
        }
        catch
        {
            _model.Dispose();
            throw;
        }
    }

    /// <summary>What was loaded.</summary>
    public LoadedWeights Loaded { get; }

    /// <summary>Whether fc6 and fc7 are there.</summary>
    public bool HasDense { get; }

    /// <summary>Whether fc8 is there too.</summary>
    public bool HasClasses => HasDense && _weights.Vgg.Find("fc8.weight") is not null && _weights.Vgg.Find("fc8.bias") is not null;

    /// <summary>Classes of fc8; 0 without it.</summary>
    public int Classes => HasClasses ? (int)_weights.Vgg.Find("fc8.weight")!.View.Shape[0] : 0;

    /// <summary>The network's tensors, for tests that plant faults.</summary>
    internal ModelParameters Parameters => _model.Parameters;

    /// <summary>The width, as a fraction of VGG16's channel numbers, that the weights have.</summary>
    /// <exception cref="PixelNetException">No width gives these channel numbers.</exception>
    public static double WidthOf(VggWeights vgg)
    {
        double low = 0, high = 4;
        foreach (var (layer, full) in new[] { ("conv1_1", 64), ("conv2_1", 128), ("conv3_1", 256), ("conv4_1", 512), ("conv5_1", 512), ("fc6", 4096) })
        {
            if (vgg.Find($"{layer}.weight") is not { } weight) continue;
            (low, high) = (Math.Max(low, (weight.View.Shape[0] - 0.5) / full), Math.Min(high, (weight.View.Shape[0] + 0.5) / full));
        }
        double width = (low + high) / 2;
        // 1 rather than a number beside it.
        if (low < 1 && high > 1) width = 1;
        if (low >= high || width < 1.0 / 64) throw new PixelNetException($"{vgg.File.Source} has channel numbers that are not VGG16's at any width");
        return width;
    }

    /// <summary>conv5_3 [14,14,C] in the order (row, column, channel) and fc7 [D] (empty without dense layers), behind their ReLUs.</summary>
    /// <param name="image">RGB [224,224,3].</param>
    public (float[] Conv53, float[] Fc7) Features(ReadOnlySpan<byte> image)
    {
        _backend.Upload(_model.Images, image);
        _model.SetStepState(new StepState { Step = 1 });
        _model.ForwardTrunk();
        var maps = _model.Trunk.TappedBlocks.Select(block => block.Units[^1].Y).ToArray();
        var conv53 = new float[maps[0].Count];
        _backend.Download(MemoryMarshal.AsBytes(conv53.AsSpan()), maps[0]);
        if (!HasDense) return (conv53, []);
        var map = new float[maps[1].Count];
        _backend.Download(MemoryMarshal.AsBytes(map.AsSpan()), maps[1]);
        int width = maps[1].Shape[2], channels = maps[1].Shape[3];
        return (conv53, map.AsSpan((Centre * width + Centre) * channels, channels).ToArray());
    }

    /// <summary>The classes of largest probability.</summary>
    /// <param name="image">RGB [224,224,3].</param>
    /// <param name="count">How many.</param>
    /// <exception cref="PixelNetException">The file has no fc8.</exception>
    public IReadOnlyList<(int Class, float Probability)> Top(ReadOnlySpan<byte> image, int count)
    {
        if (!HasClasses) throw new PixelNetException($"{_weights.Vgg.File.Source} has no complete fc6, fc7 and fc8, so it cannot classify; take the file with its dense layers (with 'top')");
        float[] fc7 = Features(image).Fc7, filters = _weights.Read(_weights.Vgg.Find("fc8.weight")!), logits = _weights.Read(_weights.Vgg.Find("fc8.bias")!);
        for (int k = 0; k < logits.Length; k++)
        {
            double sum = logits[k];
            for (int c = 0; c < fc7.Length; c++) sum += (double)filters[k * fc7.Length + c] * fc7[c];
            logits[k] = (float)sum;
        }
        double largest = logits.Max(), total = logits.Sum(logit => Math.Exp(logit - largest));
        return [.. logits.Select((logit, k) => (k, (float)(Math.Exp(logit - largest) / total))).OrderByDescending(item => item.Item2).Take(count)];
    }

    /// <summary>Gives the memory back; the weights stay open.</summary>
    public void Dispose() => _model.Dispose();
}
