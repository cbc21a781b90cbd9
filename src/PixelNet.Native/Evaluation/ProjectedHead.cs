using System.Runtime.InteropServices;
using PixelNet.Native.Backends;
using PixelNet.Native.Layers;
using PixelNet.Native.Model;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Evaluation;

/// <summary>
/// The head of a dense prediction, its first layer applied to the deep maps at their own resolution (<see cref="HypercolumnSum"/>), once an image,
/// and to the shallow ones pixel by pixel: for VGG16's five taps a twelfth of the multiply-adds of that layer. Standardisation is folded into
/// weights and bias. The layers behind it are the head's own.
/// </summary>
/// <remarks>Float32 only.</remarks>
internal sealed class ProjectedHead
{
    private const int FirstProjectedStride = 2;
    private const long MostProjectedBytes = 512L << 20;

    private readonly IBackend _backend;
    private readonly Tensor[] _weights;
    private readonly Tensor _columns, _firstWeight, _firstBias, _hidden;
    private readonly LinearSizes _first;
    private readonly HypercolumnSum _sum;
    private readonly PixelHead _rest;
    private readonly OpMemory _memory;
    private readonly OpMemory[] _projectionMemory;
    private readonly Source[] _sources;
    private readonly Tensor[] _read;
    private readonly int _depth;
    private readonly float[] _values;
    private float[] _now, _last;

    /// <summary>Plans the head for tiles of <paramref name="tile"/> pixels.</summary>
    /// <param name="plan">Where it is planned.</param>
    /// <param name="parameters">The network's tensors.</param>
    /// <param name="backend">Where they lie.</param>
    /// <param name="levels">The tapped maps.</param>
    /// <param name="rowsAtOnce">Most rows of each map that are projected at once.</param>
    /// <param name="tile">M.</param>
    /// <param name="targets">Targets, int32 [M], none of them a class.</param>
    public ProjectedHead(MemoryPlan plan, ModelParameters parameters, IBackend backend, IReadOnlyList<HypercolumnLevel> levels, IReadOnlyList<int> rowsAtOnce, int tile, Tensor targets)
    {
        _backend = backend;
        Width = parameters.Config.Head[0];
        int column = 0;
        Tensor Add(string name, Shape shape, MemoryKind kind = MemoryKind.Activations) => plan.Add($"projected {name}", shape, kind);

        // In the host's memory only bands of the projected maps need to lie.
        bool bounded = !backend.AllocatesHostMemory;
        Projected = [.. Enumerable.Range(0, levels.Count).Where(i => IsProjected(levels, i, Width, bounded))];
        Gathered = [.. Enumerable.Range(0, levels.Count).Except(Projected)];
        GatheredLevels = [.. Gathered.Select(i => levels[i] with { Column = (column += levels[i].C) - levels[i].C })];
        ProjectedLevels = [.. Projected.Select(i => levels[i] with { C = Width, Column = 0 })];
        _weights = [.. Projected.Select(i => Add($"weight {i}", new Shape(Width, levels[i].C), MemoryKind.Parameters))];
        _columns = Add("columns", new Shape(tile, column));
        _first = new LinearSizes(tile, column, Width);
        _firstWeight = Add("weight", new Shape(Width, column), MemoryKind.Parameters);
        _firstBias = Add("bias", new Shape(Width), MemoryKind.Parameters);
        _hidden = Add("layer", new Shape(tile, Width));
        _sum = new HypercolumnSum { Y = _hidden, Relu = true };
        _rest = new PixelHead(plan, parameters, _hidden, null, targets, ModelMode.Inference, first: 1);
        _sources = [new Source(_firstWeight, [.. Gathered.Select(i => levels[i])]), .. Projected.Select((i, k) => new Source(_weights[k], [levels[i]]))];
        _depth = levels.Sum(level => level.C);
        _read = [parameters["head.0.weight"].Value, parameters["head.0.bias"].Value, .. parameters.Statistics.Where(tensor => tensor.Name is "taps.mean" or "taps.inverse_deviation")];
        (_now, _last) = (new float[_read.Sum(tensor => tensor.Count)], new float[_read.Sum(tensor => tensor.Count)]);
        _last.AsSpan().Fill(float.NaN);
        _values = new float[Math.Max(Width, _sources.Max(source => source.Weight.Count))];

        var requests = _rest.Ops.Select(op => op.Describe(_backend)).ToArray();
        var projections = Projected.Select(i => _backend.Describe(new LinearSizes(levels[i].N * rowsAtOnce[i] * levels[i].W, levels[i].C, Width))).ToArray();
        var first = _backend.Describe(_first);
        long workspace = projections.Append(first).Concat(requests).Max(request => request.ForwardOnly.WorkspaceBytes);
        Tensor? Bytes(string name, long bytes) => bytes == 0 ? null
            : plan.Add($"projected {name}", new Shape((int)((bytes + 255) / 256), 256), MemoryKind.Workspace, ElementType.UInt8);
        // The weights stay for a whole image, so each is packed once.
        var shared = Bytes("workspace", workspace);
        OpMemory Memory(string name, OpMemoryRequest request) => new() { Workspace = shared, Derived = Bytes($"{name} derived", Math.Max(request.DerivedBytes, request.PackedBytes)) };
        _memory = Memory("layer", first);
        _projectionMemory = [.. projections.Select((request, k) => Memory($"map {Projected[k]}", request))];
        foreach (var (op, request) in _rest.Ops.Zip(requests)) op.Memory = Memory(op.Name, request);
    }

    /// <summary>Outputs of the first layer, and channels of the projected maps.</summary>
    public int Width { get; }

    /// <summary>Which levels are projected, and which are read as they are.</summary>
    public int[] Projected { get; }

    /// <summary>The others.</summary>
    public int[] Gathered { get; }

    /// <summary>The levels of <see cref="Projected"/>, as wide as the layer.</summary>
    public HypercolumnLevel[] ProjectedLevels { get; }

    /// <summary>The levels of <see cref="Gathered"/>, with their columns of what is read.</summary>
    public HypercolumnLevel[] GatheredLevels { get; }

    /// <summary>Whether a network's head can be taken apart: its dropout must be off, and there must be a deep map beside a shallow one.</summary>
    public static bool Suits(PixelNetConfig config, ElementType real) => real == ElementType.Float32 && config.Head.Count > 0 && !config.DropoutAtTest
        && config.Taps.Count > 1 && 1 << PixelNetConfig.BlockOf(config.Taps[^1]) >= FirstProjectedStride;

    /// <summary>Projects cells of the map of level <see cref="Projected"/>[<paramref name="index"/>]: y [cells,Width] = W_l x [cells,C].</summary>
    public void Project(int index, Tensor y, Tensor x, int cells) => _backend.LinearForward(y, x, _weights[index], null,
        new LinearSizes(cells, _weights[index].Shape[1], Width), new LinearEpilogue(Relu: false), null, _projectionMemory[index]);

    /// <summary>Probabilities [M,L] of a tile.</summary>
    /// <param name="probabilities">Receives them.</param>
    /// <param name="gathered">Pixels on the maps that are read as they are.</param>
    /// <param name="projected">The same pixels on the projected maps.</param>
    /// <param name="stepState">The model's.</param>
    public void Forward(Tensor probabilities, in TilePixels gathered, in TilePixels projected, Tensor stepState)
    {
        _backend.HypercolumnForward(_columns, gathered.Maps, gathered.Samples, null, null, gathered.Levels, _first.M);
        _backend.LinearForward(_hidden, _columns, _firstWeight, _firstBias, _first, new LinearEpilogue(Relu: false), null, _memory);
        _sum.Forward(_backend, projected.Maps, projected.Samples, projected.Levels);
        _rest.Forward(_backend, probabilities, stepState);
    }

    // The shallowest map is never projected, the layer begins with it; the deepest always is, whatever its size.
    private static bool IsProjected(IReadOnlyList<HypercolumnLevel> levels, int i, int width, bool bounded) => i == levels.Count - 1
        || (i > 0 && levels[i].Stride >= FirstProjectedStride && (!bounded || (long)levels[i].N * levels[i].H * levels[i].W * width * sizeof(float) <= MostProjectedBytes));

    /// <summary>W [Width,D] and b change with every training step; what is made of them is uploaded where they have changed since the last image.</summary>
    public void RefreshWeights()
    {
        int width = _first.Out, depth = _depth, at = 0;
        foreach (var tensor in _read)
        {
            _backend.Download(MemoryMarshal.AsBytes(_now.AsSpan(at, (int)tensor.Count)), tensor);
            at += (int)tensor.Count;
        }
        if (_now.AsSpan().SequenceEqual(_last)) return;
        (_now, _last) = (_last, _now);
        ReadOnlySpan<float> w = _last.AsSpan(0, width * depth), b = _last.AsSpan(width * depth, width), statistics = _last.AsSpan((depth + 1) * width);
        ReadOnlySpan<float> means = statistics.IsEmpty ? [] : statistics[..depth], scales = statistics.IsEmpty ? [] : statistics[depth..];
        foreach (var source in _sources)
        {
            var values = _values.AsSpan(0, (int)source.Weight.Count);
            int k = 0;
            for (int row = 0; row < width; row++)
                foreach (var level in source.Levels)
                    for (int d = level.Column; d < level.Column + level.C; d++) values[k++] = w[row * depth + d] * (scales.IsEmpty ? 1 : scales[d]);
            _backend.Upload(source.Weight, MemoryMarshal.AsBytes(values));
        }
        // W ((h - mean) * scale) + b = (W scale) h + (b - W (scale mean)).
        for (int row = 0; row < width; row++)
        {
            double sum = b[row];
            for (int d = 0; d < means.Length; d++) sum -= (double)w[row * depth + d] * scales[d] * means[d];
            _values[row] = (float)sum;
        }
        _backend.Upload(_firstBias, MemoryMarshal.AsBytes(_values.AsSpan(0, width)));
        _backend.ParametersChanged();
    }

    /// <summary>Which columns of W a weight is made of.</summary>
    private sealed record Source(Tensor Weight, HypercolumnLevel[] Levels);
}
