using System.Runtime.InteropServices;
using PixelNet.Native.Backends;
using PixelNet.Native.Layers;
using PixelNet.Native.Model;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Evaluation;

/// <summary>
/// Labels of every pixel of an image, one image at a time: trunk once; head in tiles of pixels, its first layer applied to deep maps at their own
/// resolution (<c>ProjectedHead</c>);
/// probabilities [H,W,L] at the size of the network's input, interpolated to the output's size, and the largest class wins (pixelnet.md 5 and 8).
/// Running statistics, no dropout. At a training pixel it gives what the training forward pass gives.
/// </summary>
/// <remarks>
/// An image of any size goes in, down to one pixel: what is smaller than the deepest stride is extended by its last row and column, and only its own
/// pixels are asked for. Memory is planned for one input size and one output size and kept while they stay. Parameters are shared, never copied:
/// after a training step it predicts with the new ones.
/// </remarks>
public sealed class DensePredictor : IDisposable
{
    private readonly IBackend _backend;
    private readonly ModelParameters _parameters;
    private readonly ChannelTransform _preprocessing;
    private readonly int _tilePixels;
    private readonly ulong _seed;
    private PixelNetModel? _model;
    private ProjectedHead? _head;
    private Tensor _probabilities = null!, _targets = null!;
    private Tensor[] _tileSamples = [], _tileProbabilities = [];
    private byte[] _extended = [];
    private MemoryPlan? _output;
    private UpsampleArgmax? _upsample;
    private int _height, _width;

    /// <summary>A predictor; it takes memory with the first image.</summary>
    /// <param name="parameters">The network's tensors: of a checkpoint, or of a model in training.</param>
    /// <param name="backend">Where they lie.</param>
    /// <param name="preprocessing">Order, gains and offsets of the channels that the network was trained with.</param>
    /// <param name="tilePixels">Pixels that go through the head at once.</param>
    /// <param name="seed">Seed of the dropout masks, where the network's dropout stays on in prediction.</param>
    public DensePredictor(ModelParameters parameters, IBackend backend, ChannelTransform preprocessing, int tilePixels = 8192, ulong seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tilePixels, 1);
        (_parameters, _backend, _preprocessing, _tilePixels, _seed) = (parameters, backend, preprocessing, tilePixels, seed);
    }

    /// <summary>Bytes planned for the sizes of the last image, without the shared parameters.</summary>
    public long PlannedBytes => (_model?.Plan.TotalBytes ?? 0) + (_output?.TotalBytes ?? 0);

    /// <summary>Bytes that images and label maps of these sizes will take beside the parameters; takes none of them.</summary>
    public long PlanBytes(int height, int width, int outHeight, int outWidth)
    {
        using var model = new DensePredictor(_parameters, _backend, _preprocessing, _tilePixels).PlanModel(height, width);
        using var output = PlanLabels(outHeight, outWidth, out _);
        return model.Plan.TotalBytes + output.TotalBytes;
    }

    /// <summary>Predicts an image.</summary>
    /// <param name="image">RGB [height,width,3], at the size that the network shall see.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="labels">Receives train ids [outHeight,outWidth].</param>
    /// <param name="outHeight">Rows of the label map.</param>
    /// <param name="outWidth">Columns of the label map.</param>
    /// <exception cref="PixelNetException">Memory is short; the message gives the planned figure.</exception>
    public void Predict(ReadOnlySpan<byte> image, int height, int width, Span<byte> labels, int outHeight, int outWidth)
    {
        if (height < 1 || width < 1 || image.Length != 3L * height * width)
            throw new ArgumentException($"{image.Length} bytes are not an RGB image of {width}x{height}");
        if (outHeight < 1 || outWidth < 1 || labels.Length != (long)outHeight * outWidth)
            throw new ArgumentException($"{labels.Length} bytes are not a label map of {outWidth}x{outHeight}");
        Prepare(height, width, outHeight, outWidth);
        var model = _model!;
        _backend.Upload(model.Images, Extend(image, model.Input));
        model.SetStepState(new StepState { Seed = _seed, Step = 1 });
        model.ForwardTrunk();
        _head?.Project();
        for (int tile = 0; tile < _tileSamples.Length; tile++)
        {
            if (_parameters.Config.DropoutAtTest) model.SetStepState(new StepState { Seed = _seed, Step = (ulong)tile + 1 });
            if (_head is { } head) head.Forward(_tileSamples[tile], _tileProbabilities[tile]);
            else model.ForwardHead(_tileSamples[tile], _tileProbabilities[tile]);
        }
        _upsample!.Forward(_backend);
        _backend.Download(labels, _upsample.Labels);
    }

    /// <summary>The probabilities [height,width,L] behind the last label map, at the size of its input.</summary>
    public float[] ReadProbabilities()
    {
        if (_model is null) throw new InvalidOperationException("nothing was predicted yet");
        var shape = new Shape(_height, _width, _parameters.Config.Classes);
        var values = new float[shape.Count];
        _backend.Download(MemoryMarshal.AsBytes(values.AsSpan()), _probabilities.View("probabilities", shape));
        return values;
    }

    /// <summary>Gives the memory back; the parameters stay.</summary>
    public void Dispose()
    {
        _model?.Dispose();
        _output?.Dispose();
        (_model, _head, _output, _upsample) = (null, null, null, null);
    }

    /// <summary>Plans and takes memory for images of one size and label maps of one size; nothing happens while both stay.</summary>
    /// <exception cref="PixelNetException">Memory is short; the message gives the planned figure.</exception>
    public void Prepare(int height, int width, int outHeight, int outWidth)
    {
        if (_model is null || height != _height || width != _width)
        {
            Dispose();
            var model = PlanModel(height, width);
            model.Allocate();
            _model = model;
            UploadSamples();
            _backend.Fill(_targets, 255);
        }
        var sizes = new UpsampleSizes(height, width, _parameters.Config.Classes, outHeight, outWidth);
        if (_upsample?.Sizes == sizes) return;
        _output?.Dispose();
        (_output, _upsample) = (PlanLabels(outHeight, outWidth, out var labels), null);
        try
        {
            _output.Allocate(_backend);
        }
        catch (InsufficientMemoryException e)
        {
            throw new PixelNetException($"The label map of {outWidth}x{outHeight} needs {MemoryTable.MiB(_output.TotalBytes)} beside the network's "
                + $"{MemoryTable.MiB(_model.Plan.TotalBytes)}, which the {_backend.Name} backend does not have", e);
        }
        _upsample = new UpsampleArgmax { Sizes = sizes, Scores = _probabilities, Labels = labels };
    }

    private static MemoryPlan PlanLabels(int outHeight, int outWidth, out Tensor labels)
    {
        var plan = new MemoryPlan();
        labels = plan.Add("labels", new Shape(outHeight, outWidth), MemoryKind.Activations, ElementType.UInt8);
        return plan;
    }

    private PixelNetModel PlanModel(int height, int width)
    {
        var config = _parameters.Config;
        (_height, _width) = (height, width);
        int deepest = 1 << PixelNetConfig.BlockOf(config.Taps[^1]);
        long pixels = (long)height * width;
        int tile = (int)Math.Min(_tilePixels, pixels), tiles = (int)((pixels + tile - 1) / tile);
        // The last tile is as long as the others; what lies beyond the image is computed and never read.
        int rows = checked(tiles * tile);
        var input = new NormalizeSizes(1, Math.Max(height, deepest), Math.Max(width, deepest));
        var real = _parameters.Values.Type;
        bool projected = ProjectedHead.Suits(config, real);
        // Where the head is taken apart, the model is only needed for its trunk.
        var model = new PixelNetModel(config, _backend, input, projected ? 1 : tile, ModelMode.Inference, _preprocessing, real, _parameters);
        _targets = projected ? model.Plan.Add("tile targets", new Shape(tile), MemoryKind.Inputs, ElementType.Int32) : model.Targets;
        _head = projected ? new ProjectedHead(model, tile, _targets) : null;
        var samples = model.Plan.Add("all samples", new Shape(rows, 3), MemoryKind.Inputs, ElementType.Int32);
        _probabilities = model.Plan.Add("all probabilities", new Shape(rows, config.Classes), MemoryKind.Activations, model.Real);
        _tileSamples = [.. Enumerable.Range(0, tiles).Select(i => samples.View("samples", new Shape(tile, 3), 3L * tile * i))];
        var shape = new Shape(tile, config.Classes);
        _tileProbabilities = [.. Enumerable.Range(0, tiles).Select(i => _probabilities.View("probabilities", shape, i * shape.Count))];
        return model;
    }

    private void UploadSamples()
    {
        var samples = new int[3 * _tileSamples[0].Shape[0]];
        for (int tile = 0, p = 0; tile < _tileSamples.Length; tile++)
        {
            for (int m = 0; m < samples.Length; m += 3, p++)
                (samples[m], samples[m + 1], samples[m + 2]) = p < (long)_height * _width ? (0, p / _width, p % _width) : (0, 0, 0);
            _backend.Upload(_tileSamples[tile], MemoryMarshal.AsBytes<int>(samples));
        }
    }

    /// <summary>The image, with its last row and column repeated up to the network's input where it is smaller than that.</summary>
    private ReadOnlySpan<byte> Extend(ReadOnlySpan<byte> image, in NormalizeSizes input)
    {
        if (input.H == _height && input.W == _width) return image;
        if (_extended.Length != input.H * input.W * 3) _extended = new byte[input.H * input.W * 3];
        for (int y = 0; y < input.H; y++)
        {
            var row = image.Slice(Math.Min(y, _height - 1) * _width * 3, _width * 3);
            var extended = _extended.AsSpan(y * input.W * 3, input.W * 3);
            for (int x = 0; x < input.W; x++) row.Slice(Math.Min(x, _width - 1) * 3, 3).CopyTo(extended.Slice(x * 3));
        }
        return _extended;
    }
}
