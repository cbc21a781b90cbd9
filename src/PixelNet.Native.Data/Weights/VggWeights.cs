namespace PixelNet.Native.Data.Weights;

/// <summary>One tensor of VGG16 in a weight file.</summary>
/// <param name="Layer">The layer: conv1_1 … conv5_3, fc6, fc7, fc8, or bn1_1 ….</param>
/// <param name="Part">weight, bias, running_mean or running_var.</param>
/// <param name="Name">torchvision's name, such as <c>features.0.weight</c>.</param>
/// <param name="Source">Where its numbers are.</param>
/// <param name="View">Its elements as filters [K,C,R,S] (fc6 7x7, fc7 1x1), a dense [K,C] (fc8), or a vector [K].</param>
public sealed record VggTensor(string Layer, string Part, string Name, WeightTensor Source, StridedView View)
{
    /// <summary>The engine's name, such as <c>conv1_1.weight</c>.</summary>
    public string EngineName => $"{Layer}.{Part}";
}

/// <summary>
/// A weight file recognised as VGG16: whose convention it follows, what it expects of an image, and its tensors in one order, whatever order the
/// file has. Every shape is checked against its neighbours', so that a file of mixed-up axes is refused here, not trained on.
/// </summary>
public sealed class VggWeights
{
    private const int MostName = 256;

    private readonly WeightFile _file;
    private readonly WeightConvention _convention;
    private readonly Dictionary<(string Layer, string Part), WeightTensor> _found;
    private readonly List<VggTensor> _tensors = [];

    private VggWeights(WeightFile file, WeightConvention convention, bool batchNorm, Dictionary<(string, string), WeightTensor> found, List<string> extra)
    {
        (_file, _convention, BatchNorm, _found, Extra) = (file, convention, batchNorm, found, extra);
        Preprocessing = WeightPreprocessing.FromMetadata(file.Metadata, file.Source) ?? convention.Preprocessing;
        if (convention.Order == FilterOrder.Krsc) Preprocessing = CheckpointPreprocessing();
    }

    /// <summary>Whose naming the file follows: torchvision, Caffe, Keras, vgg16_weights.npz, TF-slim, or this program's checkpoints.</summary>
    public string Convention => _convention.Name;

    /// <summary>The file's format, such as <c>PyTorch zip</c>.</summary>
    public string Format => _file.Format;

    /// <summary>Whether the convolutions are followed by batch normalisation (vgg16_bn).</summary>
    public bool BatchNorm { get; }

    /// <summary>What the weights expect of an image; null = the file does not say.</summary>
    public WeightPreprocessing? Preprocessing { get; }

    /// <summary>The tensors, in the order of the layers.</summary>
    public IReadOnlyList<VggTensor> Tensors => _tensors;

    /// <summary>torchvision's names of tensors that VGG16 has and the file has not.</summary>
    public IReadOnlyList<string> Missing { get; private set; } = [];

    /// <summary>Names of the file's tensors that are not VGG16's.</summary>
    public IReadOnlyList<string> Extra { get; }

    /// <summary>The file.</summary>
    internal WeightFile File => _file;

    /// <summary>Recognises a file.</summary>
    /// <exception cref="PixelNetException">It is not VGG16, or a shape does not fit; the message names the first tensor that does not.</exception>
    public static VggWeights Recognise(WeightFile file)
    {
        VggWeights? best = null;
        foreach (var convention in WeightConvention.All)
        {
            bool batchNorm = convention.Order != FilterOrder.Rsck && file.Tensors.Any(tensor => tensor.Name.EndsWith(".running_mean", StringComparison.Ordinal));
            var found = new Dictionary<(string, string), WeightTensor>();
            var extra = new List<string>();
            foreach (var tensor in file.Tensors)
            {
                // A longer name is none, and costs a matcher more than the file is worth.
                if (tensor.Name.Length > MostName || convention.Parse(tensor.Name, batchNorm) is not { } place) extra.Add(tensor.Name);
                else if (!found.TryAdd(place, tensor))
                    throw new PixelNetException($"{file.Source} holds {place.Layer}.{place.Part} twice, as '{WeightFile.Shorten(found[place].Name)}' and '{WeightFile.Shorten(tensor.Name)}'; save one network alone");
            }
            if (found.Count > (best?._found.Count ?? 0)) best = new VggWeights(file, convention, batchNorm, found, extra);
        }
        if (best is null || !best._found.ContainsKey(("conv1_1", "weight")))
            throw new PixelNetException($"{file.Source} ({file.Format}) holds {file.Tensors.Count} tensors, but none is the first filter of a VGG16 as torchvision, Keras, Caffe, TF-slim or vgg16_weights.npz names it"
                + (file.Tensors.Count == 0 ? "" : $"; its first is '{WeightFile.Shorten(file.Tensors[0].Name)}' {file.Tensors[0].View}"));
        best.Arrange();
        return best;
    }

    /// <summary>The tensor of the engine's name, or null.</summary>
    public VggTensor? Find(string engineName) => _tensors.FirstOrDefault(tensor => tensor.EngineName == engineName);

    private void Arrange()
    {
        var missing = new List<string>();
        long channels = 3;
        foreach (string layer in VggNames.Convolutions)
        {
            long outputs = AddLayer(layer, missing, weight => Filters(weight, layer, channels, 3), batchNormed: BatchNorm);
            if (BatchNorm && outputs > 0) AddNorm("bn" + layer[4..], outputs, missing);
            channels = outputs;
        }
        foreach (var (layer, size) in new[] { ("fc6", 7), ("fc7", 1) })
        {
            long inputs = channels;
            channels = AddLayer(layer, missing, weight => Filters(weight, layer, inputs, size), batchNormed: false);
        }
        AddLayer("fc8", missing, weight => Classifier(weight, channels), batchNormed: false);
        Missing = missing;
    }

    /// <summary>Adds weight and bias; returns the number of outputs, 0 = the layer is missing.</summary>
    private long AddLayer(string layer, List<string> missing, Func<WeightTensor, StridedView> view, bool batchNormed)
    {
        string name = VggNames.Torchvision(layer, BatchNorm);
        if (!_found.TryGetValue((layer, "weight"), out var weight))
        {
            missing.Add($"{name}.weight");
            missing.Add($"{name}.bias");
            return 0;
        }
        var filters = view(weight);
        _tensors.Add(new VggTensor(layer, "weight", $"{name}.weight", weight, filters));
        if (_found.ContainsKey((layer, "bias"))) AddVector(layer, "bias", filters.Shape[0]);
        // The engine's own convolutions have no bias before a batch normalisation.
        else if (!(batchNormed && _convention.Order == FilterOrder.Krsc)) missing.Add($"{name}.bias");
        return filters.Shape[0];
    }

    private void AddNorm(string layer, long outputs, List<string> missing)
    {
        foreach (string part in VggNames.Parts)
        {
            if (_found.ContainsKey((layer, part))) AddVector(layer, part, outputs);
            else missing.Add($"{VggNames.Torchvision(layer, BatchNorm)}.{part}");
        }
    }

    private void AddVector(string layer, string part, long outputs)
    {
        var source = _found[(layer, part)];
        var view = source.View.DropLeadingOnes(1);
        if (view.Rank != 1 || view.Shape[0] != outputs) throw Unfit(source, layer, $"a vector of {outputs}, one for each filter");
        _tensors.Add(new VggTensor(layer, part, $"{VggNames.Torchvision(layer, BatchNorm)}.{part}", source, view));
    }

    /// <summary>Filters [K,C,size,size] of a convolution, or of a dense layer behind a map of size x size.</summary>
    private StridedView Filters(WeightTensor source, string layer, long inputs, int size)
    {
        bool dense = layer[0] == 'f';
        // Caffe's first form gives a matrix two leading extents of 1; those of filters for one output are not of that kind.
        bool filters = source.View is { Rank: 4, Shape: var extents } && _convention.Order == FilterOrder.Kcrs && extents[1] == inputs && extents[2] == size && extents[3] == size;
        var view = dense && !filters ? source.View.DropLeadingOnes(2) : source.View;
        bool outputsLast = _convention.Order == FilterOrder.Rsck;
        long columns = inputs * size * size;
        // Without the layers before it, a dense layer gives its number of inputs itself.
        if (dense && inputs == 0 && view.Rank == 2) columns = view.Shape[outputsLast ? 0 : 1];
        long depth = columns / (size * size);
        string expected = _convention.Order switch
        {
            FilterOrder.Kcrs => $"[K, {Extent(inputs)}, {size}, {size}]" + (dense ? $" or [K, {Extent(inputs * size * size)}]" : ""),
            FilterOrder.Rsck => $"[{size}, {size}, {Extent(inputs)}, K]" + (dense ? $" or [{Extent(inputs * size * size)}, K]" : ""),
            _ => $"[K, {size}, {size}, {Extent(inputs)}]",
        };
        if (dense && view.Rank == 2 && _convention.Order != FilterOrder.Krsc)
        {
            int input = outputsLast ? 0 : 1;
            if (view.Shape[input] != columns || depth * size * size != columns || view.Shape[1 - input] == 0) throw Unfit(source, layer, expected);
            return outputsLast ? view.Split(0, size, size, depth).Permute(3, 2, 0, 1) : view.Split(1, depth, size, size);
        }
        view = source.View;
        if (view.Rank != 4) throw Unfit(source, layer, expected);
        view = _convention.Order switch { FilterOrder.Rsck => view.Permute(3, 2, 0, 1), FilterOrder.Krsc => view.Permute(0, 3, 1, 2), _ => view };
        if (view.Shape[0] == 0 || view.Shape[1] == 0 || (inputs > 0 && view.Shape[1] != inputs) || view.Shape[2] != size || view.Shape[3] != size)
            throw Unfit(source, layer, expected);
        return view;
    }

    /// <summary>fc8 [K,C], also where it is a 1x1 convolution.</summary>
    private StridedView Classifier(WeightTensor source, long inputs)
    {
        var filters = Filters(source, "fc8", inputs, 1);
        return new StridedView(filters.Shape[..2], filters.Strides[..2], filters.Offset);
    }

    private static string Extent(long extent) => extent == 0 ? "C" : $"{extent}";

    private PixelNetException Unfit(WeightTensor source, string layer, string expected) =>
        new($"{_file.Source} does not fit VGG16 in the order of {Convention}: tensor '{WeightFile.Shorten(source.Name)}' of {layer} is {source.View}, but {expected} is expected");

    // A checkpoint has the engine's transform: an order, three gains, three offsets; y = x*gain + offset = (x - (-offset/gain)) / (1/gain).
    private WeightPreprocessing? CheckpointPreprocessing()
    {
        if (!_file.Metadata.TryGetValue("preprocessing", out string? text)) return Preprocessing;
        string[] words = text.Split(' ');
        var n = new double[6];
        for (int i = 0; i < 6; i++)
            if (words.Length != 7 || !double.TryParse(words[1 + i], System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out n[i]) || (i < 3 && n[i] <= 0))
                return null;
        return new WeightPreprocessing(words[0] == "bgr", 1, [-n[3] / n[0], -n[4] / n[1], -n[5] / n[2]], [1 / n[0], 1 / n[1], 1 / n[2]]);
    }
}
