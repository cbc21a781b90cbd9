using PixelNet.Native.Backends;
using PixelNet.Native.Layers;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Model;

/// <summary>Lays out a <see cref="Vgg16Trunk"/>: walks from the image to the deepest tap, carrying the map's size, the tensor that the next op
/// reads, and its gradient.</summary>
internal sealed class TrunkBuilder
{
    // Streams 0 to 8 are the head's layers.
    private const int FirstDropoutStream = 16;

    private readonly ModelParameters _parameters;
    private readonly PixelNetConfig _config;
    private readonly ModelMode _mode;
    private readonly IReadOnlyList<BlockSpec> _specs;
    private readonly ActivationPlan _maps;
    private readonly float _dropout;
    private int _n, _h, _w;
    private Tensor _x;
    // The gradient of _x; null where nothing below learns.
    private Tensor? _dx;
    // _x where it comes straight from a ReLU that the next op's backward has to mask; else null.
    private Tensor? _activation;

    /// <summary>Lays out a trunk in <paramref name="plan"/>.</summary>
    /// <exception cref="PixelNetException">The image is smaller than the deepest stride.</exception>
    public static Vgg16Trunk Build(MemoryPlan plan, ModelParameters parameters, in NormalizeSizes input, ModelMode mode, ElementType real)
    {
        using var nothing = new MemoryPlan();
        var rehearsal = new TrunkBuilder(nothing, parameters, input, mode, real, null);
        rehearsal.Build();
        return new TrunkBuilder(plan, parameters, input, mode, real, rehearsal._maps).Build();
    }

    // Plans what does not depend on a block.
    private TrunkBuilder(MemoryPlan plan, ModelParameters parameters, in NormalizeSizes input, ModelMode mode, ElementType real, ActivationPlan? rehearsal)
    {
        (_parameters, _config, _mode, _specs) = (parameters, parameters.Config, mode, Vgg16.Blocks(parameters.Config));
        (_n, _h, _w) = (input.N, input.H, input.W);
        int deepest = _specs[^1].Stride;
        if (_h < deepest || _w < deepest)
            throw new PixelNetException($"Images of {_w}x{_h} pixels leave nothing of the map of '{_config.Taps[^1]}', whose stride is {deepest}; "
                + $"take at least {deepest}x{deepest}, or tap fewer layers");
        _dropout = mode == ModelMode.Training || _config.DropoutAtTest ? _config.Dropout : 0;
        _x = plan.Add("image", new Shape(_n, _h, _w, 3), MemoryKind.Activations, real);
        _maps = new ActivationPlan(plan, mode, real, rehearsal);
    }

    private Vgg16Trunk Build()
    {
        var image = _x;
        var blocks = new List<TrunkBlock>();
        var levels = new List<HypercolumnLevel>();
        int column = 0;
        foreach (var spec in _specs)
        {
            int channels = spec.Convolutions[^1].Out;
            if (spec.Tapped) levels.Add(new HypercolumnLevel(_n, _h, _w, channels, spec.Stride, column));
            if (spec.Tapped) column += channels;

            bool learnsBelow = _dx is not null;
            int firstLearning = learnsBelow ? 0 : spec.Convolutions.TakeWhile(convolution => !Learns(convolution)).Count();
            var last = spec.Convolutions[^1];
            ConvUnit[] units = [.. spec.Convolutions.Select(convolution => AddUnit(convolution, tapped: spec.Tapped && convolution == last))];
            // The gather at a tap applies the mask to the sum of both paths.
            if (spec.Tapped) _activation = null;
            var pool = spec == _specs[^1] ? null : AddPool($"pool{spec.Index + 1}", channels);
            blocks.Add(new TrunkBlock(units, spec.Tapped ? levels.Count - 1 : null, pool, firstLearning));
        }
        return new Vgg16Trunk(image, [.. blocks], levels);
    }

    private ConvUnit AddUnit(ConvolutionSpec spec, bool tapped)
    {
        var sizes = new Conv2dSizes(_n, _h, _w, spec.In, spec.Out, spec.Size, spec.Size, spec.Pad, spec.Pad);
        var shape = new Shape(_n, sizes.P, sizes.Q, spec.Out);
        var (weight, bias) = (_parameters[$"{spec.Name}.weight"], _parameters.Find($"{spec.Name}.bias"));
        bool learns = !weight.Frozen || bias is { Frozen: false };
        var convolution = new Conv2d
        {
            Name = spec.Name,
            Sizes = sizes,
            X = _x,
            Y = tapped && !_config.BatchNorm ? _maps.Keep(spec.Name, shape) : _maps.Output(spec.Name, shape),
            Weight = weight.Value,
            Bias = bias?.Value,
            Relu = !_config.BatchNorm,
            DY = _mode == ModelMode.Training && (_dx is not null || Learns(spec)) ? _maps.Gradient(spec.Name, shape) : null,
            DX = _dx,
            Activation = _activation,
            DWeight = learns ? weight.Gradient : null,
            DBias = learns ? bias?.Gradient : null,
        };
        var norm = _config.BatchNorm ? NormBehind(convolution, spec.NormName, tapped) : null;
        var dropout = _dropout == 0 || !spec.Name.StartsWith("fc", StringComparison.Ordinal) ? null : new Dropout
        {
            Y = norm?.Y ?? convolution.Y,
            DY = convolution.DY,
            Probability = _dropout,
            Stream = FirstDropoutStream + (spec.Name == "fc6" ? 0 : 1),
        };
        var unit = new ConvUnit(convolution, norm, dropout);
        (_x, _dx, _activation) = (unit.Y, unit.DY, unit.MasksItself ? null : unit.Y);
        return unit;
    }

    private BatchNorm NormBehind(Conv2d convolution, string name, bool tapped)
    {
        var shape = convolution.Y.Shape;
        var (weight, bias) = (_parameters.Find($"{name}.weight"), _parameters.Find($"{name}.bias"));
        var runningMean = _parameters.FindStatistic($"{name}.running_mean")!;
        return new BatchNorm
        {
            Name = name,
            Sizes = new BatchNormSizes(shape[0] * shape[1] * shape[2], shape[3]),
            X = convolution.Y,
            Y = tapped ? _maps.Keep(name, shape) : _maps.Output(name, shape),
            Weight = weight?.Value,
            Bias = bias?.Value,
            RunningMean = runningMean,
            RunningVariance = _parameters.FindStatistic($"{name}.running_var")!,
            SavedMean = _maps.Keep($"{name}.mean", new Shape(shape[3])),
            SavedInverseDeviation = _maps.Keep($"{name}.inverse_deviation", new Shape(shape[3])),
            DY = convolution.DY,
            DWeight = weight?.Gradient,
            DBias = bias?.Gradient,
            Statistics = _mode == ModelMode.Inference ? BatchNormStatistics.Running
                : _parameters.IsFrozen(runningMean.Name) ? BatchNormStatistics.Frozen : BatchNormStatistics.Batch,
        };
    }

    private MaxPool2d AddPool(string name, int channels)
    {
        var sizes = new MaxPool2dSizes(_n, _h, _w, channels);
        (_h, _w) = (sizes.P, sizes.Q);
        var shape = new Shape(_n, _h, _w, channels);
        var pool = new MaxPool2d
        {
            Sizes = sizes,
            X = _x,
            Y = _maps.Output(name, shape),
            Argmax = _maps.Argmax($"{name}.argmax", shape),
            DY = _dx is null ? null : _maps.Gradient(name, shape),
            DX = _dx,
            Activation = _activation,
        };
        (_x, _dx, _activation) = (pool.Y, pool.DY, null);
        return pool;
    }

    private bool Learns(ConvolutionSpec spec) =>
        new[] { $"{spec.Name}.weight", $"{spec.Name}.bias", $"{spec.NormName}.weight", $"{spec.NormName}.bias" }
            .Any(name => _parameters.Find(name) is { Frozen: false });
}
