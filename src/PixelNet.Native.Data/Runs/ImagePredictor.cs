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
    private readonly DensePredictor _predictor;
    private readonly Resizer _resizer = new();
    private readonly bool _nearest;
    private readonly int _classes;
    private byte[] _input = [];

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

    /// <summary>Whether the network was trained on void as one more class, so that L of <paramref name="labels"/> is a prediction.</summary>
    public bool PredictsVoid(LabelSet labels) => _classes > labels.Count;

    /// <summary>Bytes planned for the last size, without the shared parameters.</summary>
    public long PlannedBytes => _predictor.PlannedBytes + _input.Length;

    /// <summary>Bytes that images of one size will take beside the parameters, without taking them: on the backend, and of the host.</summary>
    public (long Device, long Host) PlanBytes(int width, int height)
    {
        var (inputWidth, inputHeight) = InputOf(width, height);
        return (_predictor.PlanBytes(inputHeight, inputWidth, height, width), 3L * inputWidth * inputHeight);
    }

    /// <summary>Takes the memory for images of one size, so that it is known beforehand.</summary>
    /// <exception cref="PixelNetException">Memory is short; the message gives the planned figure.</exception>
    public void Prepare(int width, int height)
    {
        var (inputWidth, inputHeight) = InputOf(width, height);
        _predictor.Prepare(inputHeight, inputWidth, height, width);
        if (_input.Length != 3 * inputWidth * inputHeight) _input = new byte[3 * inputWidth * inputHeight];
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
        if ((width, height) == (image.Width, image.Height)) image.Pixels.CopyTo(_input, 0);
        else if (_nearest) _resizer.ResizeNearest(image, whole, _input, width, height);
        else _resizer.Resize(image, whole, _input, width, height);
        var labels = new LabelMap<byte>(image.Width, image.Height, new byte[image.Width * image.Height]);
        _predictor.Predict(_input, height, width, labels.Labels, image.Height, image.Width);
        return labels;
    }

    /// <inheritdoc/>
    public void Dispose() => _predictor.Dispose();

    private (int Width, int Height) InputOf(int width, int height) => InputWidth == 0 ? (width, height) : (InputWidth, InputHeight);
}
