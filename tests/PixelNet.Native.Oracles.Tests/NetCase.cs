using PixelNet.Native.Backends;
using PixelNet.Native.Model;
using PixelNet.Native.Sampling;
using PixelNet.Native.Tensors;
using TorchSharp;
using TorchTensor = TorchSharp.torch.Tensor;

namespace PixelNet.Native.Oracles.Tests;

/// <summary>A random network with a random batch: a pure function of its seed. Every number is a float, so that float and double start alike.</summary>
internal sealed class NetCase
{
    private PhiloxStream _random;

    /// <param name="seed">What it is a function of.</param>
    /// <param name="images">Number of images; 0 = one to three.</param>
    /// <param name="config">The network; null = a random one.</param>
    public NetCase(int seed, int images = 0, PixelNetConfig? config = null)
    {
        _random = new PhiloxStream((ulong)seed, 0x0AC1E, 0, 0);
        string[] taps = [.. PixelNetConfig.TapNames.Where(_ => _random.NextInt(3) > 0)];
        if (taps.Length == 0) taps = ["conv3_3"];
        bool batchNorm = _random.NextInt(2) == 0;
        Config = new PixelNetConfig
        {
            Width = (1 + _random.NextInt(4)) / 64.0,
            BatchNorm = batchNorm,
            BatchNormAffine = _random.NextInt(3) > 0,
            Freeze = batchNorm && _random.NextInt(4) == 0 ? ["bn*"] : [],
            Taps = taps,
            StandardizeTaps = _random.NextInt(2) == 0,
            Head = [.. Enumerable.Range(0, _random.NextInt(3)).Select(_ => 3 + _random.NextInt(37))],
            HeadKernel = _random.NextInt(2) == 0 ? HeadKernel.Auto : HeadKernel.Composed,
            ReluOnLogits = _random.NextInt(6) == 0,
            Classes = 2 + _random.NextInt(18),
            Dropout = _random.NextInt(2) == 0 ? 0 : 0.25f,
        };
        if (Config.ReluOnLogits) Config = Config with { HeadKernel = HeadKernel.Composed };
        if (config is not null) Config = config;
        // Batch normalisation over one or two positions has a derivative of next to nothing, of which rounding is a large part: the deepest map keeps a dozen.
        int deepest = Enumerable.Range(0, 6).Last(b => Config.Taps.Contains(PixelNetConfig.TapNames[b])), least = (batchNorm ? 2 : 1) << deepest;
        Input = new NormalizeSizes(images > 0 ? images : batchNorm ? 3 : 1 + _random.NextInt(3), Side(least), Side(least));
        SampleCount = 20 + _random.NextInt(180);
        Preprocessing = new ChannelTransform(_random.NextInt(2) == 0, 1 / 60f, 1 / 64f, 1 / 70f, -1.9f, -2, -2.1f);
        if (_random.NextInt(2) == 0) ClassWeights = [.. Enumerable.Range(0, Config.Classes).Select(_ => (double)(float)(0.2 + 2 * _random.NextDouble()))];
        Step = new StepState { Seed = _random.NextUInt32(), Step = 1 + _random.NextUInt32() % 1000 };
    }

    public PixelNetConfig Config { get; }

    public NormalizeSizes Input { get; }

    public int SampleCount { get; }

    public ChannelTransform Preprocessing { get; }

    public double[]? ClassWeights { get; }

    public StepState Step { get; }

    public override string ToString() => $"{Config.ToJson()} on {Input}, {SampleCount} pixels, class weights {(ClassWeights is null ? "off" : "on")}";

    /// <summary>Noise on a slope of colours; samples image by image, unequal in number; a tenth of the targets ignored.</summary>
    public HostBatch Batch(IReadOnlyList<HypercolumnLevel> levels)
    {
        var batch = new HostBatch(Input, SampleCount, levels) { Step = (long)Step.Step };
        for (int i = 0; i < batch.Images.Length; i++) batch.Images[i] = (byte)(i / 3 % Input.W * 100 / Input.W + _random.NextInt(156));
        int[] images = [.. Enumerable.Range(0, SampleCount).Select(_ => _random.NextInt(Input.N)).Order()];
        for (int m = 0; m < SampleCount; m++)
        {
            (batch.Samples[3 * m], batch.Samples[3 * m + 1], batch.Samples[3 * m + 2]) = (images[m], _random.NextInt(Input.H), _random.NextInt(Input.W));
            batch.Targets[m] = m > 0 && _random.NextInt(10) == 0 ? 255 : _random.NextInt(Config.Classes);
        }
        foreach (var cells in batch.Cells) cells.Build(batch.Samples);
        return batch;
    }

    /// <summary>Gives every learned and measured tensor of the model random values, and libtorch the same ones.</summary>
    public Dictionary<string, TorchTensor> Randomize(ModelParameters parameters, IBackend backend)
    {
        var values = new Dictionary<string, TorchTensor>();
        foreach (var parameter in parameters.All)
        {
            double sigma = parameter.Role == ParameterRole.Weight ? Math.Sqrt(2.0 / parameter.FanIn) : 0.2;
            Set(parameter.Name, parameter.Value, () => (parameter.Role == ParameterRole.NormScale ? 1 : 0) + sigma * _random.NextNormal(), learned: !parameter.Frozen);
        }
        foreach (var tensor in parameters.Statistics)
            Set(tensor.Name, tensor, tensor.Name.EndsWith("mean", StringComparison.Ordinal) ? () => 0.3 * _random.NextNormal() : () => 0.5 + _random.NextDouble(), learned: false);
        backend.ParametersChanged();
        return values;

        void Set(string name, Tensor tensor, Func<double> draw, bool learned)
        {
            float[] numbers = [.. Enumerable.Range(0, (int)tensor.Count).Select(_ => (float)draw())];
            Numbers.Write(backend, tensor, numbers);
            long[] shape = [.. Enumerable.Range(0, tensor.Shape.Rank).Select(axis => (long)tensor.Shape[axis])];
            values.Add(name, torch.tensor(Array.ConvertAll(numbers, number => (double)number)).reshape(shape).requires_grad_(learned));
        }
    }

    /// <summary>The batch's kind of image, at another size.</summary>
    public byte[] Image(int height, int width) => [.. Enumerable.Range(0, 3 * height * width).Select(i => (byte)(i / 3 % width * 100 / width + _random.NextInt(156)))];

    private int Side(int least) => Math.Max(least, 24) + _random.NextInt(16);
}
