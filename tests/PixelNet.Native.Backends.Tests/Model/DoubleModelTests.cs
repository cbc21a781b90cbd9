using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Backends.Reference;
using PixelNet.Native.Diagnostics;
using PixelNet.Native.Model;
using PixelNet.Native.Sampling;
using PixelNet.Native.Tensors;
using PixelNet.Native.Training;
using Xunit;

namespace PixelNet.Native.Backends.Tests.Model;

/// <summary>
/// A whole net in double on the reference backend: it trains, and a float net on the CPU backend that starts from the same numbers gives the
/// same loss and the same gradient of every parameter.
/// </summary>
public sealed class DoubleModelTests
{
    private static readonly NormalizeSizes Input = new(2, 37, 42);
    private const int M = 60, Classes = 5, Steps = 3;
    // Rounding of fifteen layers; a ReLU or a maximum that changes sides within it would show as 1e-3 and more.
    private const double Limit = 3e-5;

    private static Dictionary<string, PixelNetConfig> Configs { get; } = new()
    {
        ["batch norm, fused head"] = Tiny() with { BatchNorm = true, Taps = ["conv1_2", "conv2_2", "conv3_3"] },
        ["all taps, dropout, fused head"] = Tiny() with { Taps = PixelNetConfig.TapNames, Dropout = 0.3f },
        ["composed head, standardised taps"] = Tiny() with { Taps = ["conv1_2", "conv3_3"], StandardizeTaps = true, Dropout = 0.2f, HeadKernel = HeadKernel.Composed },
        ["affine-free batch norm, linear head"] = Tiny() with { BatchNorm = true, BatchNormAffine = false, Taps = ["conv2_2"], Head = [] },
    };

    public static TheoryData<string> Variants => [.. Configs.Keys];

    [Theory]
    [MemberData(nameof(Variants))]
    public void Float_and_double_agree_on_loss_and_gradients_over_some_steps(string variant)
    {
        using var reference = new ReferenceBackend();
        using var cpu = new CpuBackend(2);
        using var exact = Model(Configs[variant], reference, ElementType.Float64);
        using var fast = Model(Configs[variant], cpu, ElementType.Float32);
        var options = new TrainerOptions { Optimizer = OptimizerKind.SgdMomentum, LearningRate = 0.01, Seed = 3 };
        Trainer exactTrainer = new(exact, options), fastTrainer = new(fast, options);
        exact.Allocate();
        fast.Allocate();
        fast.Initialize(seed: 7);
        var batch = new HostBatch(Input, M, fast.Levels);
        Fill(batch, 0);
        if (fast.Config.StandardizeTaps) fast.MeasureTapStatistics([batch]);
        Write(exact.Parameters.Values, Read(fast.Parameters.Values));
        foreach (var (to, from) in exact.Parameters.Statistics.Zip(fast.Parameters.Statistics)) Write(to, Read(from));

        for (int step = 1; step <= Steps; step++)
        {
            Fill(batch, (uint)step);
            double truth = exactTrainer.Step(step, batch).Loss, loss = fastTrainer.Step(step, batch).Loss;
            Assert.True(Math.Abs(loss - truth) <= 1e-5 * truth, $"{variant}: loss of step {step} is {loss}, in double {truth}");
            foreach (var (value, expected) in fast.Parameters.All.Zip(exact.Parameters.All))
            {
                double error = TensorCompare.RelativeError(Read(value.Gradient!), Read(expected.Gradient!));
                Assert.True(error <= Limit, $"{variant}: d{value.Name} of step {step} is off by {error:E1} of its norm");
            }
        }
        double drift = TensorCompare.RelativeError(Read(fast.Parameters.Values), Read(exact.Parameters.Values));
        Assert.True(drift < 1e-6, $"{variant}: parameters are {drift:E1} apart after {Steps} steps");
    }

    [Fact]
    public void Double_model_initialises_and_measures_taps_as_the_float_one_does()
    {
        var config = Configs["composed head, standardised taps"];
        using var reference = new ReferenceBackend();
        using var exact = Model(config, reference, ElementType.Float64);
        using var rounded = Model(config, reference, ElementType.Float32);
        foreach (var model in (PixelNetModel[])[exact, rounded])
        {
            model.Allocate();
            model.Initialize(seed: 4);
            var batch = new HostBatch(Input, M, model.Levels);
            Fill(batch, 1);
            model.MeasureTapStatistics([batch]);
        }
        Assert.True(TensorCompare.RelativeError(Read(rounded.Parameters.Values), Read(exact.Parameters.Values)) < 1e-7);
        foreach (var (value, truth) in rounded.Parameters.Statistics.Zip(exact.Parameters.Statistics))
            Assert.True(TensorCompare.RelativeError(Read(value), Read(truth)) < 1e-5, value.Name);
    }

    private static PixelNetConfig Tiny() => new() { Width = 1.0 / 16, Head = [14, 12], Classes = Classes };

    private static PixelNetModel Model(PixelNetConfig config, IBackend backend, ElementType real) =>
        new(config, backend, Input, M, ModelMode.Training, new ChannelTransform(true, 1 / 64f, 1 / 64f, 1 / 64f, -2, -2, -2), real);

    private static void Fill(HostBatch batch, uint step)
    {
        var random = new PhiloxStream(1, 3, step, 0);
        foreach (ref byte value in batch.Images.AsSpan()) value = (byte)random.NextInt(256);
        for (int m = 0; m < M; m++)
        {
            (batch.Samples[3 * m], batch.Samples[3 * m + 1], batch.Samples[3 * m + 2]) = (m * Input.N / M, random.NextInt(Input.H), random.NextInt(Input.W));
            batch.Targets[m] = random.NextInt(10) == 0 ? 255 : random.NextInt(Classes);
        }
        foreach (var cells in batch.Cells) cells.Build(batch.Samples);
    }

    private static double[] Read(Tensor tensor) => tensor.Type == ElementType.Float64
        ? tensor.Span<double>().ToArray()
        : Array.ConvertAll(tensor.Span<float>().ToArray(), value => (double)value);

    private static void Write(Tensor tensor, double[] values) => values.CopyTo(tensor.Span<double>());
}
