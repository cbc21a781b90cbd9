using PixelNet.Native.Backends;
using PixelNet.Native.Layers;
using PixelNet.Native.Model;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Evaluation;

/// <summary>
/// The trunk as far as one tapped map, its maps in rolling memory: the ops of <see cref="Vgg16Trunk"/> in inference, on some rows at a time. Every element is
/// computed from the same numbers by the same algorithm as in the whole map, so it has the same bytes.
/// </summary>
internal sealed class RollingTrunk
{
    private readonly BandPlan _plan;
    private readonly ModelParameters _parameters;
    private readonly NormalizeSizes _input;
    private readonly BandLayout _layout;
    private readonly string _prefix;
    private readonly List<RollingNode> _nodes = [];
    private readonly List<Action> _requests = [];
    private Tensor? _staged, _argmax;
    private int _mostPooled;

    /// <summary>Lays out the nodes.</summary>
    /// <param name="plan">Where memory is asked for.</param>
    /// <param name="parameters">The network's tensors.</param>
    /// <param name="input">The network's input.</param>
    /// <param name="layout">Rows at once.</param>
    /// <param name="tap">The deepest tap that it makes.</param>
    public RollingTrunk(BandPlan plan, ModelParameters parameters, NormalizeSizes input, BandLayout layout, string tap)
    {
        (_plan, _parameters, _input, _layout, _prefix) = (plan, parameters, input, layout, $"to {tap}: ");
        var blocks = Vgg16.Blocks(parameters.Config with { Taps = [tap] });
        var node = Add("image", input.H, input.W, 3, blocks[0].Convolutions[0].Pad, null, 1);
        int channels = 3;
        foreach (var block in blocks)
        {
            for (int i = 0; i < block.Convolutions.Count; i++)
                node = AddConvolution(block.Convolutions[i], node, block.Stride, i + 1 < block.Convolutions.Count ? block.Convolutions[i + 1].Pad : 0);
            (Taps[PixelNetConfig.TapNames[block.Index]], channels) = (node, block.Convolutions[^1].Out);
            if (block != blocks[^1]) node = AddPool(node, channels, 2 * block.Stride, blocks[block.Index + 1].Convolutions[0].Pad);
        }
    }

    /// <summary>The maps that can be tapped, by name.</summary>
    public Dictionary<string, RollingNode> Taps { get; } = [];

    /// <summary>Every node, the image first.</summary>
    public IEnumerable<RollingNode> Nodes => _nodes;

    /// <summary>After a first walk: plans what the nodes need beside their maps.</summary>
    public void PlanOps()
    {
        foreach (var request in _requests) request();
        _staged = _plan.Plan.Add(_prefix + "image rows", new Shape(_nodes[0].Counts.Max(), _input.W, 3), MemoryKind.Inputs, ElementType.UInt8);
        if (_mostPooled > 0) _argmax = _plan.Plan.Add(_prefix + "argmax", new Shape(_mostPooled), MemoryKind.Activations, ElementType.UInt8);
    }

    /// <summary>Plans how the image becomes rows of the input.</summary>
    /// <param name="transform">Order, gains and offsets of the channels.</param>
    /// <param name="height">Rows of the image, which may be smaller than the input.</param>
    /// <param name="width">Its columns.</param>
    public void ReadImage(ChannelTransform transform, int height, int width)
    {
        var (node, backend) = (_nodes[0], _plan.Backend);
        // Images smaller than the deepest stride are extended: they are small.
        byte[]? extended = width == _input.W && height == _input.H ? null : new byte[3 * _input.W * _input.H];
        node.Make = (first, count) =>
        {
            var sizes = new NormalizeSizes(1, count, _input.W);
            Tensor bytes = _staged!.View(_staged.Name, new Shape(1, count, _input.W, 3)), y = node.Map.Rows(first, first + count);
            _plan.Steps.Add((in BandCall call) =>
            {
                backend.Upload(bytes, extended is null ? call.Image.Slice(3 * first * width, 3 * count * width) : Extend(call.Image, extended, first, count, height, width));
                backend.NormalizeForward(y, bytes, sizes, transform);
            });
        };
    }

    private RollingNode Add(string name, int height, int width, int channels, int padding, RollingNode? source, int stride, int step = 1, int window = 1, int reach = 0)
    {
        var map = new RollingMap(_prefix + name, height, width, channels, padding, _plan.Real);
        var node = new RollingNode(map, source, _layout.RowsAtOnce(stride), step, window, reach).Join();
        _nodes.Add(node);
        return node;
    }

    private RollingNode AddConvolution(ConvolutionSpec spec, RollingNode source, int stride, int padding)
    {
        var (height, width, backend) = (source.Map.Height, source.Map.Width, _plan.Backend);
        var node = Add(spec.Name, height, width, spec.Out, padding, source, stride, window: spec.Size, reach: spec.Pad);
        var whole = new Conv2dSizes(1, height, width, spec.In, spec.Out, spec.Size, spec.Size, spec.Pad, spec.Pad);
        Conv2dSizes Sizes(int rows) => whole with { H = rows + spec.Size - 1, PadH = 0 };
        _requests.Add(() => _plan.Request(spec.Name, whole, [.. node.Counts.Select(rows => backend.Describe(Sizes(rows), whole))]));
        Tensor weight = _parameters[$"{spec.Name}.weight"].Value;
        var bias = _parameters.Find($"{spec.Name}.bias")?.Value;
        var norm = _parameters.Config.BatchNorm ? Norm(spec, width, node) : null;
        node.Make = (first, count) =>
        {
            Tensor x = node.SourceRows(first, count), y = node.Map.Rows(first, first + count);
            var (sizes, memory) = (Sizes(count), _plan.MemoryOf(spec.Name));
            _plan.Steps.Add((in BandCall _) => backend.Conv2dForward(y, x, weight, bias, sizes, relu: norm is null, memory));
            if (norm is not null) _plan.Steps.Add(norm(y, count));
        };
        return node;
    }

    // In place: behind the convolution nobody reads its output.
    private Func<Tensor, int, BandStep> Norm(ConvolutionSpec spec, int width, RollingNode node)
    {
        var backend = _plan.Backend;
        BatchNormSizes Sizes(int rows) => new(rows * width, spec.Out);
        _requests.Add(() => _plan.Request(spec.NormName, null, [.. node.Counts.Select(rows => backend.Describe(Sizes(rows)))]));
        Tensor? gamma = _parameters.Find($"{spec.NormName}.weight")?.Value, beta = _parameters.Find($"{spec.NormName}.bias")?.Value;
        Tensor mean = _parameters.FindStatistic($"{spec.NormName}.running_mean")!, variance = _parameters.FindStatistic($"{spec.NormName}.running_var")!;
        Tensor Used(string name) => _plan.Plan.Add($"{_prefix}{spec.NormName}.{name}", new Shape(spec.Out), MemoryKind.Activations, _plan.Real);
        var (usedMean, usedInverse) = (Used("mean"), Used("inverse_deviation"));
        return (y, rows) =>
        {
            var (sizes, memory) = (Sizes(rows), _plan.MemoryOf(spec.NormName));
            return (in BandCall _) => backend.BatchNormForward(y, usedMean, usedInverse, y, gamma, beta, mean, variance, sizes, BatchNormStatistics.Running,
                BatchNorm.Epsilon, BatchNorm.Momentum, relu: true, memory);
        };
    }

    private RollingNode AddPool(RollingNode source, int channels, int stride, int padding)
    {
        var (height, width, backend) = (source.Map.Height / 2, source.Map.Width / 2, _plan.Backend);
        var node = Add($"pool to stride {stride}", height, width, channels, padding, source, stride, step: 2, window: 2);
        _requests.Add(() => _mostPooled = Math.Max(_mostPooled, checked(node.Counts.Max() * width * channels)));
        node.Make = (first, count) =>
        {
            Tensor x = node.SourceRows(first, count), y = node.Map.Rows(first, first + count), argmax = _argmax!.View(_argmax.Name, y.Shape);
            var sizes = new MaxPool2dSizes(1, 2 * count, source.Map.Width, channels);
            _plan.Steps.Add((in BandCall _) => backend.MaxPool2dForward(y, argmax, x, sizes));
        };
        return node;
    }

    /// <summary>Rows of the input: the image's, its last row and column repeated where it is smaller.</summary>
    private ReadOnlySpan<byte> Extend(ReadOnlySpan<byte> image, byte[] extended, int first, int count, int height, int width)
    {
        for (int y = 0; y < count; y++)
        {
            var row = image.Slice(Math.Min(first + y, height - 1) * width * 3, width * 3);
            var to = extended.AsSpan(y * _input.W * 3, _input.W * 3);
            row.CopyTo(to);
            for (int x = width; x < _input.W; x++) row[^3..].CopyTo(to[(3 * x)..]);
        }
        return extended.AsSpan(0, count * _input.W * 3);
    }
}
