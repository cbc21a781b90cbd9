using PixelNet.Native.Backends;
using PixelNet.Native.Data.Imaging;
using PixelNet.Native.Data.Presets;
using PixelNet.Native.Evaluation;
using PixelNet.Native.Model;

namespace PixelNet.Native.Data.Runs;

/// <summary>
/// Label maps of images of any size: the image is resized to the network's input as in training, predicted there, and the probabilities are
/// interpolated to the size of the label map (pixelnet.md 5), so nothing is ever enlarged by nearest neighbour.
/// </summary>
public sealed class ImagePredictor : IDisposable
{
    // The heap's ups and downs, and the steps of a prediction in bands, which are written down tile by tile: about half a byte a pixel.
    private const long HeapReserve = 24 << 20, PixelsOfAByte = 2;

    private readonly DensePredictor _predictor;
    private readonly Resizer _resizer = new();
    private readonly bool _nearest;
    private readonly int _classes;
    private byte[] _input = [];
    private (int, int, int, int) _prepared;

    /// <summary>A predictor; it takes memory with the first image.</summary>
    /// <param name="parameters">The network's tensors; shared, so after a training step it predicts with the new ones.</param>
    /// <param name="backend">Where they lie.</param>
    /// <param name="preprocessing">Order, gains and offsets of the channels that the network was trained with.</param>
    /// <param name="config">Whose input size and resizing are taken.</param>
    public ImagePredictor(ModelParameters parameters, IBackend backend, ChannelTransform preprocessing, RunConfig config)
    {
        _predictor = new DensePredictor(parameters, backend, preprocessing, seed: (ulong)config.Seed);
        (InputWidth, InputHeight, _nearest) = (config.Input.Width, config.Input.Height, config.Defects.NearestResize);
        _classes = parameters.Config.Classes;
    }

    /// <summary>Columns that the network sees; 0 = each image's own.</summary>
    public int InputWidth { get; set; }

    /// <summary>Rows that the network sees; 0 = each image's own.</summary>
    public int InputHeight { get; set; }

    /// <summary>Bytes that the whole process may take; null = what the machine has. Maps are then made in bands as large as that allows; it changes no byte of a result.</summary>
    public long? ProcessLimit { get; set; }

    /// <summary>Whether the network was trained on void as one more class, so that L of <paramref name="labels"/> is a prediction.</summary>
    public bool PredictsVoid(LabelSet labels) => _classes > labels.Count;

    /// <summary>Bytes planned for the last size, without the shared parameters.</summary>
    public long PlannedBytes => _predictor.PlannedBytes + _input.Length;

    /// <summary>Bytes that images of one size will take beside the parameters, without taking them: on the backend, and of the host.</summary>
    public (long Device, long Host) PlanBytes(int width, int height)
    {
        var (inputWidth, inputHeight) = InputOf(width, height);
        return (_predictor.PlanBytes(inputHeight, inputWidth, height, width), InputBytes(width, height));
    }

    /// <summary>Takes the memory for images of one size, so that it is known beforehand.</summary>
    /// <exception cref="PixelNetException">Memory is short; the message gives the planned figure.</exception>
    public void Prepare(int width, int height)
    {
        var (inputWidth, inputHeight) = InputOf(width, height);
        if (_input.Length != InputBytes(width, height)) _input = new byte[InputBytes(width, height)];
        bool plans = ProcessLimit is not null && _prepared != (inputWidth, inputHeight, width, height);
        if (plans) Limit(ProcessLimit!.Value, width, height);
        try
        {
            _predictor.Prepare(inputHeight, inputWidth, height, width);
        }
        catch (MemoryLimitException failure)
        {
            long least = failure.Least + ProcessLimit!.Value - _predictor.MemoryLimit!.Value;
            throw new PixelNetException($"an image of {width}x{height} cannot be predicted within {Megabytes(ProcessLimit.Value)}: {Megabytes(least)} is the least that works, what the program itself takes included", failure);
        }
        // What was planned and not taken goes before the plan's memory is touched.
        if (plans) Collect();
        _prepared = (inputWidth, inputHeight, width, height);
    }

    /// <summary>Predicts the train id of every pixel.</summary>
    /// <param name="image">Any size.</param>
    /// <returns>Train ids at the image's size; L for void where <see cref="PredictsVoid"/>.</returns>
    /// <exception cref="PixelNetException">Memory is short; the message gives the planned figure.</exception>
    public LabelMap<byte> Predict(RgbImage image)
    {
        Prepare(image.Width, image.Height);
        var (width, height) = InputOf(image.Width, image.Height);
        var whole = SourceRectangle.Whole(image.Width, image.Height);
        bool resized = _input.Length > 0;
        if (resized && _nearest) _resizer.ResizeNearest(image, whole, _input, width, height);
        else if (resized) _resizer.Resize(image, whole, _input, width, height);
        var labels = new LabelMap<byte>(image.Width, image.Height, new byte[image.Width * image.Height]);
        _predictor.Predict(resized ? _input : image.Pixels, height, width, labels.Labels, image.Height, image.Width);
        return labels;
    }

    /// <summary>Before so many bytes are read: gives memory back if they would not fit into <see cref="ProcessLimit"/> beside it.</summary>
    public void MakeRoom(long bytes)
    {
        if (ProcessLimit is not { } limit || Environment.WorkingSet + bytes <= limit) return;
        Collect();
        if (Environment.WorkingSet + bytes <= limit) return;
        _predictor.Dispose();
        _prepared = default;
    }

    /// <inheritdoc/>
    public void Dispose() => _predictor.Dispose();

    // An image that the network sees at its own size needs no copy.
    private int InputBytes(int width, int height) => InputOf(width, height) is var (w, h) && (w, h) == (width, height) ? 0 : checked(3 * w * h);

    // What the program takes as it stands, the image that was read included, and what comes beside the plan: the label map, the resized image, and the heap.
    private void Limit(long limit, int width, int height)
    {
        _predictor.Dispose();
        Collect();
        long pixels = (long)width * height;
        _predictor.MemoryLimit = Math.Max(limit - Environment.WorkingSet - pixels - _input.Length - HeapReserve - pixels / PixelsOfAByte, 0);
    }

    private static void Collect() => GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);

    private static string Megabytes(long bytes) => $"{(bytes + 999_999) / 1_000_000} MB";

    private (int Width, int Height) InputOf(int width, int height) => InputWidth == 0 ? (width, height) : (InputWidth, InputHeight);
}
