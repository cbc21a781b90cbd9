using System.Runtime.InteropServices;
using PixelNet.Native.Backends;
using PixelNet.Native.Data.Imaging;
using PixelNet.Native.Layers;
using PixelNet.Native.Sampling;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Data.StreetScenes;

/// <summary>
/// What colour and position alone can tell: a classifier of single pixels, (R, G, B, x, y) -> two hidden layers with ReLU -> L classes, trained with Adam on
/// the very batches that the network is trained on. A network that looks at more than the pixel must beat it by far, or the data set is too easy.
/// Inputs are scaled to [-1, 1]; learning rate 3e-3, falling to 0 along half a cosine wave.
/// </summary>
public sealed partial class PixelBaseline : IDisposable
{
    private const int Inputs = 5;
    private const double LearningRate = 3e-3;
    private static readonly AdamOptions AdamOptions = new(0.9f, 0.999f, 1e-8f, 0);

    private readonly IBackend _backend;
    private readonly MemoryPlan _plan = new();
    private readonly PixelMlp _layers;
    private readonly Adam _adam;
    private readonly Tensor _targets, _classWeights, _stepState, _gradients;
    private readonly float[] _features;
    private readonly float[] _probabilities;
    private readonly long _steps;
    private readonly ulong _seed;
    private long _step;

    /// <summary>Plans, allocates and initialises the classifier.</summary>
    /// <param name="backend">What computes; the caller disposes of it.</param>
    /// <param name="classes">L.</param>
    /// <param name="sampleCount">M: pixels of a batch; predictions go in portions of as many.</param>
    /// <param name="steps">Batches that will be trained on; the learning rate reaches 0 with the last.</param>
    /// <param name="seed">Seed of the first weights.</param>
    /// <param name="width">Width of both hidden layers.</param>
    public PixelBaseline(IBackend backend, int classes, int sampleCount, long steps, ulong seed, int width = 96)
    {
        (_backend, _steps, _seed) = (backend, steps, seed);
        int[] hidden = [width, width];
        var sizes = new PixelMlpSizes(sampleCount, Inputs, hidden, classes);
        LinearSizes[] layers = [.. Enumerable.Range(0, 3).Select(sizes.Layer)];
        int count = layers.Sum(layer => layer.In * layer.Out + layer.Out);
        var values = _plan.Add("parameters", new Shape(count), MemoryKind.Parameters);
        _gradients = _plan.Add("gradients", new Shape(count), MemoryKind.ParameterGradients);
        Tensor Rows(string name, int columns) => _plan.Add(name, new Shape(sampleCount, columns), MemoryKind.Activations);
        _targets = _plan.Add("targets", new Shape(sampleCount), MemoryKind.Inputs, ElementType.Int32);
        _classWeights = _plan.Add("class weights", new Shape(classes), MemoryKind.Inputs);
        _stepState = _plan.Add("step", new Shape(StepState.ByteLength), MemoryKind.Inputs, ElementType.UInt8);
        _layers = new PixelMlp
        {
            Name = "pixel baseline",
            Sizes = sizes,
            X = Rows("x", Inputs),
            Weights = Views(values, layers, biases: false),
            Biases = Views(values, layers, biases: true),
            DWeights = Views(_gradients, layers, biases: false),
            DBiases = Views(_gradients, layers, biases: true),
            Hidden = [.. hidden.Select((columns, i) => Rows($"h{i}", columns))],
            DHidden = [.. hidden.Select((columns, i) => Rows($"dh{i}", columns))],
            Probabilities = Rows("probabilities", classes),
            DLogits = Rows("dlogits", classes),
            Loss = _plan.Add("loss", new Shape(3), MemoryKind.Activations),
            Targets = _targets,
            Dropout = 0,
        };
        _adam = new Adam
        {
            W = values,
            G = _gradients,
            M = _plan.Add("m", new Shape(count), MemoryKind.OptimizerState),
            V = _plan.Add("v", new Shape(count), MemoryKind.OptimizerState),
            Segments = [new ParameterSegment(0, count, 1, 0)],
            Options = AdamOptions,
        };
        var request = _layers.Describe(backend);
        Tensor? Bytes(string name, long bytes) => bytes == 0 ? null : _plan.Add(name, new Shape(checked((int)bytes)), MemoryKind.Workspace, ElementType.UInt8);
        _layers.Memory = new OpMemory { Workspace = Bytes("workspace", request.WorkspaceBytes), Derived = Bytes("derived", request.DerivedBytes) };
        _plan.Allocate(backend);
        _features = new float[sampleCount * Inputs];
        _probabilities = new float[sampleCount * classes];
        Initialize();
    }

    /// <summary>Weight of each class in the loss, as the network has them; empty = all 1.</summary>
    public void SetClassWeights(ReadOnlySpan<double> weights)
    {
        _layers.ClassWeights = weights.Length == 0 ? null : _classWeights;
        if (weights.Length > 0) Upload(_classWeights, Array.ConvertAll(weights.ToArray(), weight => (float)weight));
    }

    /// <summary>Trains on the sampled pixels of a batch.</summary>
    /// <returns>The mean loss before the step.</returns>
    public double Step(HostBatch batch)
    {
        int height = batch.Sizes.H, width = batch.Sizes.W;
        for (int m = 0; m < batch.SampleCount; m++)
        {
            int n = batch.Samples[3 * m], y = batch.Samples[3 * m + 1], x = batch.Samples[3 * m + 2];
            Describe(batch.Images.AsSpan(3 * ((n * height + y) * width + x), 3), x, y, width, height, _features.AsSpan(Inputs * m, Inputs));
        }
        Upload(_layers.X, _features);
        Upload(_targets, batch.Targets);
        _step++;
        double rate = LearningRate * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, (_step - 1) / (double)_steps)));
        SetStepState(new StepState
        {
            Seed = _seed,
            Step = (ulong)_step,
            LearningRate = (float)rate,
            AdamCorrection1 = (float)(1 - Math.Pow(AdamOptions.Beta1, _step)),
            AdamCorrection2 = (float)(1 - Math.Pow(AdamOptions.Beta2, _step)),
        });
        _layers.Forward(_backend, _stepState);
        _backend.Fill(_gradients, 0);
        _layers.Backward(_backend);
        _adam.Update(_backend, _stepState);
        _backend.ParametersChanged();
        Span<float> loss = stackalloc float[3];
        _backend.Download(MemoryMarshal.AsBytes(loss), _layers.Loss);
        return loss[0];
    }

    /// <summary>Train ids [height * width] of an image at the size of the training images.</summary>
    public byte[] Predict(RgbImage image)
    {
        var labels = new byte[image.Width * image.Height];
        int rows = _targets.Shape[0], classes = _layers.Sizes.L;
        SetStepState(new StepState { Seed = _seed, Step = 1 });
        for (int start = 0; start < labels.Length; start += rows)
        {
            int count = Math.Min(rows, labels.Length - start);
            for (int m = 0; m < count; m++)
            {
                int p = start + m;
                Describe(image.Pixels.AsSpan(3 * p, 3), p % image.Width, p / image.Width, image.Width, image.Height, _features.AsSpan(Inputs * m, Inputs));
            }
            Upload(_layers.X, _features);
            _layers.Forward(_backend, _stepState);
            _backend.Download(MemoryMarshal.AsBytes(_probabilities.AsSpan()), _layers.Probabilities);
            for (int m = 0; m < count; m++)
            {
                ReadOnlySpan<float> row = _probabilities.AsSpan(m * classes, classes);
                int best = 0;
                for (int c = 1; c < classes; c++)
                    if (row[c] > row[best]) best = c;
                labels[start + m] = (byte)best;
            }
        }
        return labels;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _plan.Dispose();

    private static void Describe(ReadOnlySpan<byte> pixel, int x, int y, int width, int height, Span<float> features)
    {
        for (int c = 0; c < 3; c++) features[c] = pixel[c] * (2f / 255) - 1;
        features[3] = (2 * x + 1f) / width - 1;
        features[4] = (2 * y + 1f) / height - 1;
    }

    private static Tensor[] Views(Tensor arena, LinearSizes[] layers, bool biases)
    {
        var views = new Tensor[layers.Length];
        long offset = 0;
        for (int i = 0; i < layers.Length; i++)
        {
            long weights = (long)layers[i].In * layers[i].Out;
            views[i] = biases ? arena.View($"b{i}", new Shape(layers[i].Out), offset + weights) : arena.View($"w{i}", new Shape(layers[i].Out, layers[i].In), offset);
            offset += weights + layers[i].Out;
        }
        return views;
    }

    // He's initialisation; biases 0.
    private void Initialize()
    {
        _backend.Fill(_adam.W, 0);
        for (int i = 0; i < _layers.Weights.Count; i++)
        {
            var weight = _layers.Weights[i];
            var random = new PhiloxStream(_seed, RandomPurpose.Initialization, uint.MaxValue, (uint)i);
            double sigma = Math.Sqrt(2.0 / weight.Shape[1]);
            var values = new float[weight.Count];
            for (int k = 0; k < values.Length; k++) values[k] = (float)(sigma * random.NextNormal());
            Upload(weight, values);
        }
        _backend.ParametersChanged();
    }

    private void SetStepState(in StepState state) => _backend.Upload(_stepState, MemoryMarshal.AsBytes(new ReadOnlySpan<StepState>(in state)));

    private void Upload<T>(Tensor destination, T[] source) where T : unmanaged => _backend.Upload(destination, MemoryMarshal.AsBytes<T>(source));
}
