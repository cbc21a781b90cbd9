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
/// pixels are asked for. Memory is planned for one input size and one output size and kept while they stay. On the host's memory the maps are made in bands
/// of rows, as large as <see cref="MemoryLimit"/> allows, whose result has the same bytes whatever their size. Parameters are shared, never copied:
/// after a training step it predicts with the new ones.
/// </remarks>
public sealed class DensePredictor : IDisposable
{
    // A layer's outputs of a tile should stay in the caches of a CPU (1.3 MiB at 256 channels), and fill a GPU. On the host they are whole
    // tiles of a product, and whole bands of such.
    private const int HostTilePixels = 1344, DeviceTilePixels = 8192;

    private readonly IBackend _backend;
    private readonly ModelParameters _parameters;
    private readonly ChannelTransform _preprocessing;
    private readonly int _tilePixels;
    private readonly ulong _seed;
    private readonly bool _keepsProbabilities;
    private IDensePrediction? _prediction;
    private MemoryPlan? _output;
    private UpsampleArgmax? _upsample;
    private int _height, _width, _labelColumns;

    /// <summary>A predictor; it takes memory with the first image.</summary>
    /// <param name="parameters">The network's tensors: of a checkpoint, or of a model in training.</param>
    /// <param name="backend">Where they lie.</param>
    /// <param name="preprocessing">Order, gains and offsets of the channels that the network was trained with.</param>
    /// <param name="tilePixels">Pixels that go through the head at once; null = 1344 in the host's memory, 8192 in a GPU's.</param>
    /// <param name="seed">Seed of the dropout masks, where the network's dropout stays on in prediction.</param>
    /// <param name="keepsProbabilities">Whether <see cref="ReadProbabilities"/> will be asked for.</param>
    public DensePredictor(ModelParameters parameters, IBackend backend, ChannelTransform preprocessing, int? tilePixels = null, ulong seed = 0, bool keepsProbabilities = false)
    {
        _tilePixels = tilePixels ?? (backend.AllocatesHostMemory ? HostTilePixels : DeviceTilePixels);
        ArgumentOutOfRangeException.ThrowIfLessThan(_tilePixels, 1, nameof(tilePixels));
        (_parameters, _backend, _preprocessing, _seed, _keepsProbabilities) = (parameters, backend, preprocessing, seed, keepsProbabilities);
    }

    /// <summary>Most bytes that may be planned, the shared parameters not counted; null = what the machine has.</summary>
    public long? MemoryLimit { get; set; }

    /// <summary>Has all maps in memory at once, as on memory that is not the host's: what bands are compared with.</summary>
    internal bool Whole { get; init; }

    /// <summary>Bytes planned for the sizes of the last image, without the shared parameters.</summary>
    public long PlannedBytes => (_prediction?.Plan.TotalBytes ?? 0) + (_output?.TotalBytes ?? 0);

    /// <summary>Bytes that images and label maps of these sizes will take beside the parameters; takes none of them.</summary>
    public long PlanBytes(int height, int width, int outHeight, int outWidth)
    {
        long labelBytes = MemoryPlan.Aligned((long)outHeight * outWidth);
        using var prediction = PlanPrediction(Setup(height, width), LabelColumns(height, outHeight, outWidth), labelBytes);
        return prediction.Plan.TotalBytes + (prediction.GivesLabels ? 0 : labelBytes);
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
        _prediction!.Run(image, labels);
        if (_upsample is null) return;
        _upsample.Forward(_backend);
        _backend.Download(labels, _upsample.Labels);
    }

    /// <summary>The probabilities [height,width,L] behind the last label map, at the size of its input.</summary>
    /// <exception cref="InvalidOperationException">Nothing was predicted yet, or they are not kept.</exception>
    public float[] ReadProbabilities()
    {
        var probabilities = _prediction?.Probabilities ?? throw new InvalidOperationException("nothing was predicted yet, or the probabilities are not kept");
        var shape = new Shape(_height, _width, _parameters.Config.Classes);
        var values = new float[shape.Count];
        _backend.Download(MemoryMarshal.AsBytes(values.AsSpan()), probabilities.View("probabilities", shape));
        return values;
    }

    /// <summary>Gives the memory back; the parameters stay.</summary>
    public void Dispose()
    {
        _prediction?.Dispose();
        _output?.Dispose();
        (_prediction, _output, _upsample) = (null, null, null);
    }

    /// <summary>Plans and takes memory for images of one size and label maps of one size; nothing happens while both stay.</summary>
    /// <exception cref="PixelNetException">Memory is short; the message gives the planned figure.</exception>
    public void Prepare(int height, int width, int outHeight, int outWidth)
    {
        int labelColumns = LabelColumns(height, outHeight, outWidth);
        if (_prediction is null || height != _height || width != _width || labelColumns != _labelColumns)
        {
            Dispose();
            var prediction = PlanPrediction(Setup(height, width), labelColumns, MemoryPlan.Aligned((long)outHeight * outWidth));
            prediction.Allocate();
            (_prediction, _height, _width, _labelColumns) = (prediction, height, width, labelColumns);
        }
        if (_prediction.Probabilities is { } probabilities) PrepareOutput(probabilities, new UpsampleSizes(height, width, _parameters.Config.Classes, outHeight, outWidth));
    }

    private PredictionSetup Setup(int height, int width) => new(_parameters, _backend, _preprocessing, _tilePixels, _seed, height, width);

    // Labels at the rows of the image are made as its probabilities come; others need all of them, which is 0 here.
    private int LabelColumns(int height, int outHeight, int outWidth) => _keepsProbabilities || outHeight != height ? 0 : outWidth;

    private IDensePrediction PlanPrediction(PredictionSetup setup, int labelColumns, long labelBytes)
    {
        if (Whole || !BandedPrediction.Suits(_parameters.Config, _backend))
        {
            var whole = new WholePrediction(setup);
            if (whole.Plan.TotalBytes + labelBytes > MemoryLimit) throw Short(setup, whole.Plan.TotalBytes + labelBytes);
            return whole;
        }
        long limit = MemoryLimit ?? Math.Max(HostBuffer.Available, 0), least = long.MaxValue;
        if (labelColumns == 0) limit -= labelBytes;
        IDensePrediction? smallest = null;
        foreach (var layout in BandLayout.For(setup.Input, _parameters.Config.Taps.Count))
        {
            var banded = new BandedPrediction(setup, layout, labelColumns, limit);
            if (banded.Plan.TotalBytes <= limit) return banded;
            if (banded.Plan.TotalBytes >= least) continue;
            (smallest, least) = (banded, banded.Plan.TotalBytes);
        }
        // Without a limit it is for the machine to refuse.
        return MemoryLimit is null ? smallest! : throw Short(setup, least + (labelColumns == 0 ? labelBytes : 0));
    }

    private MemoryLimitException Short(PredictionSetup setup, long least) => new($"{MemoryTable.MiB(MemoryLimit!.Value)} are too little for the prediction of an image of "
        + $"{setup.Width}x{setup.Height}, which needs {MemoryTable.MiB(least)} at least", least);

    private void PrepareOutput(Tensor probabilities, UpsampleSizes sizes)
    {
        if (_upsample?.Sizes == sizes) return;
        _output?.Dispose();
        (_output, _upsample) = (new MemoryPlan(), null);
        var labels = _output.Add("labels", new Shape(sizes.OutH, sizes.OutW), MemoryKind.Activations, ElementType.UInt8);
        try
        {
            _output.Allocate(_backend);
        }
        catch (InsufficientMemoryException e)
        {
            throw new PixelNetException($"The label map of {sizes.OutW}x{sizes.OutH} needs {MemoryTable.MiB(_output.TotalBytes)} beside the network's "
                + $"{MemoryTable.MiB(_prediction!.Plan.TotalBytes)}, which the {_backend.Name} backend does not have", e);
        }
        _upsample = new UpsampleArgmax { Sizes = sizes, Scores = probabilities, Labels = labels };
    }
}
