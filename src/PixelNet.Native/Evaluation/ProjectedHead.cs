using System.Runtime.InteropServices;
using PixelNet.Native.Backends;
using PixelNet.Native.Layers;
using PixelNet.Native.Model;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Evaluation;

/// <summary>
/// The head of a dense prediction, its first layer applied to the deep maps at their own resolution (<see cref="HypercolumnSum"/>), once an image,
/// and to the shallow ones pixel by pixel: for VGG16's five taps about a sixth of the multiply-adds of that layer. Standardisation is folded into
/// weights and bias. The layers behind it are the head's own.
/// </summary>
/// <remarks>Float32 only. Planned with the model whose trunk it reads; tiles of M pixels go through <see cref="Forward"/>.</remarks>
internal sealed class ProjectedHead
{
    private const int FirstProjectedStride = 4;
    private const long MostProjectedBytes = 512L << 20;

    private readonly PixelNetModel _model;
    private readonly IBackend _backend;
    private readonly Projection[] _projections;
    private readonly Hypercolumn _gather;
    private readonly LinearSizes _first;
    private readonly Tensor _firstWeight, _firstBias, _hidden;
    private readonly HypercolumnSum _sum;
    private readonly PixelHead _rest;
    private readonly OpMemory _memory;
    private readonly Source[] _sources;
    private readonly Tensor[] _read;
    private readonly int _depth;
    private readonly float[] _values;
    private float[] _now, _last;

    /// <summary>Plans the head for tiles of <paramref name="tile"/> pixels, in the model's plan.</summary>
    public ProjectedHead(PixelNetModel model, int tile, Tensor targets)
    {
        (_model, _backend) = (model, model.Backend);
        int width = model.Config.Head[0], column = 0;
        Tensor Add(string name, Shape shape, MemoryKind kind = MemoryKind.Activations) => model.Plan.Add($"projected {name}", shape, kind, model.Real);

        var (maps, levels) = (model.Hypercolumn.Maps, model.Levels);
        int[] projected = [.. Enumerable.Range(0, levels.Count).Where(i => IsProjected(levels, i, width))], gathered = [.. Enumerable.Range(0, levels.Count).Except(projected)];
        _projections = [.. projected.Select(i =>
        {
            int cells = levels[i].N * levels[i].H * levels[i].W;
            return new Projection(levels[i] with { C = width, Column = 0 }, new LinearSizes(cells, levels[i].C, width), maps[i].View("map", new Shape(cells, levels[i].C)),
                Add($"weight {i}", new Shape(width, levels[i].C), MemoryKind.Parameters), Add($"map {i}", new Shape(cells, width)));
        })];
        _gather = new Hypercolumn
        {
            Maps = [.. gathered.Select(i => maps[i])],
            Levels = [.. gathered.Select(i => levels[i] with { Column = (column += levels[i].C) - levels[i].C })],
            Samples = model.Samples,
            X = Add("columns", new Shape(tile, column)),
        };
        _first = new LinearSizes(tile, column, width);
        _firstWeight = Add("weight", new Shape(width, column), MemoryKind.Parameters);
        _firstBias = Add("bias", new Shape(width), MemoryKind.Parameters);
        _hidden = Add("layer", new Shape(tile, width));
        _sum = new HypercolumnSum { Maps = [.. _projections.Select(p => p.Y)], Levels = [.. _projections.Select(p => p.Level)], Y = _hidden, Relu = true };
        _rest = new PixelHead(model.Plan, model.Parameters, _hidden, null, targets, ModelMode.Inference, first: 1);
        _sources = [new Source(_firstWeight, [.. gathered.Select(i => levels[i])]), .. projected.Select((i, k) => new Source(_projections[k].Weight, [levels[i]]))];
        _depth = levels.Sum(level => level.C);
        _read = [model.Parameters["head.0.weight"].Value, model.Parameters["head.0.bias"].Value, .. model.Hypercolumn.Mean is { } mean ? new[] { mean, model.Hypercolumn.InverseDeviation! } : []];
        (_now, _last) = (new float[_read.Sum(tensor => tensor.Count)], new float[_read.Sum(tensor => tensor.Count)]);
        _last.AsSpan().Fill(float.NaN);
        _values = new float[Math.Max(width, _sources.Max(source => source.Weight.Count))];

        var requests = _rest.Ops.Select(op => op.Describe(_backend)).ToArray();
        long workspace = _projections.Select(p => _backend.Describe(p.Sizes)).Append(_backend.Describe(_first)).Concat(requests).Max(request => request.WorkspaceBytes);
        Tensor? Bytes(string name, long bytes) => bytes == 0 ? null
            : model.Plan.Add($"projected {name}", new Shape((int)((bytes + 255) / 256), 256), MemoryKind.Workspace, ElementType.UInt8);
        _memory = new OpMemory { Workspace = Bytes("workspace", workspace) };
        foreach (var (op, request) in _rest.Ops.Zip(requests)) op.Memory = new OpMemory { Workspace = _memory.Workspace, Derived = Bytes(op.Name, request.DerivedBytes) };
    }

    /// <summary>Whether a network's head can be taken apart: its dropout must be off, and there must be a deep map beside a shallow one.</summary>
    public static bool Suits(PixelNetConfig config, ElementType real) => real == ElementType.Float32 && config.Head.Count > 0 && !config.DropoutAtTest
        && config.Taps.Count > 1 && 1 << PixelNetConfig.BlockOf(config.Taps[^1]) >= FirstProjectedStride;

    /// <summary>Projects the maps of an image: after the trunk, before the tiles.</summary>
    public void Project()
    {
        RefreshWeights();
        foreach (var p in _projections) _backend.LinearForward(p.Y, p.X, p.Weight, null, p.Sizes, new LinearEpilogue(Relu: false), null, _memory);
    }

    /// <summary>Probabilities [M,L] of the pixels (image, y, x), int32 [M,3], of a tile.</summary>
    public void Forward(Tensor samples, Tensor probabilities)
    {
        _gather.Forward(_backend, samples);
        _backend.LinearForward(_hidden, _gather.X, _firstWeight, _firstBias, _first, new LinearEpilogue(Relu: false), null, _memory);
        _sum.Forward(_backend, samples);
        _rest.Forward(_backend, probabilities, _model.StepState);
    }

    // The shallowest map is never projected, the layer begins with it; the deepest always is, whatever its size.
    private static bool IsProjected(IReadOnlyList<HypercolumnLevel> levels, int i, int width) => i == levels.Count - 1
        || (i > 0 && levels[i].Stride >= FirstProjectedStride && (long)levels[i].N * levels[i].H * levels[i].W * width * sizeof(float) <= MostProjectedBytes);

    // W [width,D] and b change with every training step; what is made of them is uploaded where they have changed since the last image.
    private void RefreshWeights()
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

    /// <summary>A level's map as rows [cells, C], its columns of W, and the projected map [cells, width].</summary>
    private sealed record Projection(HypercolumnLevel Level, LinearSizes Sizes, Tensor X, Tensor Weight, Tensor Y);

    /// <summary>Which columns of W a weight is made of.</summary>
    private sealed record Source(Tensor Weight, HypercolumnLevel[] Levels);
}
