using PixelNet.Native.Backends;
using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Model;
using PixelNet.Native.Sampling;
using PixelNet.Native.Tensors;
using Xunit;

namespace PixelNet.Native.Tests;

public sealed class ModelTests
{
    private static readonly string[] AllTaps = [.. PixelNetConfig.TapNames];

    [Fact]
    public void Full_network_has_the_published_sizes()
    {
        // pixelnet.md 1 and 3: 1472-d without fc7, 5568-d with; 37,607,251 parameters of head and trunk with 19 classes; 173,930,323 of head alone + trunk with fc7.
        var plain = ModelParameters.Plan(new PixelNetConfig());
        var deep = ModelParameters.Plan(new PixelNetConfig { Taps = AllTaps });
        Assert.Equal(1472, plain.Config.HypercolumnWidth);
        Assert.Equal(5568, deep.Config.HypercolumnWidth);
        Assert.Equal(14_714_688, plain.All.Where(parameter => !parameter.InHead).Sum(parameter => parameter.Value.Count));
        Assert.Equal(37_607_251, plain.Count);
        Assert.Equal(173_930_323, deep.Count);
        Assert.Equal(new Shape(4096, 7, 7, 512), deep["fc6.weight"].Value.Shape);
    }

    [Fact]
    public void Odd_sizes_floor_pool_by_pool_and_keep_their_nominal_strides()
    {
        using var backend = new CpuBackend(1);
        using var model = TinyNet.Model(TinyNet.Config(AllTaps), backend, new NormalizeSizes(1, 45, 71));
        Assert.Equal([(45, 71, 1), (22, 35, 2), (11, 17, 4), (5, 8, 8), (2, 4, 16), (1, 2, 32)], model.Levels.Select(level => (level.H, level.W, level.Stride)));
        Assert.Equal([0, 8, 24, 56, 120, 184], model.Levels.Select(level => level.Column));
        Assert.Equal(new Shape(128, 696), model.Hypercolumn.X.Shape);
    }

    [Theory]
    [InlineData("conv1_2")]
    [InlineData("conv3_3")]
    [InlineData("conv2_2", "conv4_3")]
    [InlineData("conv4_3", "conv5_3", "fc7")]
    public void Any_taps_train(params string[] taps)
    {
        using var backend = new CpuBackend(2);
        using var model = TinyNet.Model(TinyNet.Config(taps) with { Width = 1.0 / 32, BatchNorm = false }, backend, samples: 24);
        model.Allocate();
        model.Initialize(1);
        Run(model, TinyNet.Batch(model, 1));
        Assert.Equal(taps[^1], model.Trunk.Blocks[^1].Units[^1].Convolution.Name);
        Assert.All(model.Parameters.All, parameter => Assert.Contains(Values(parameter.Gradient!), value => value != 0));
    }

    [Fact]
    public void Plan_is_all_there_is()
    {
        using var backend = new CpuBackend(1);
        using var model = TinyNet.Model(TinyNet.Config(), backend);
        var buffers = new HashSet<DeviceBuffer>();
        long planned = model.Plan.TotalBytes;
        model.Allocate();
        foreach (var (tensor, _) in model.Plan.Entries) buffers.Add(tensor.Buffer);
        Assert.Equal(planned, buffers.Sum(buffer => buffer.ByteLength));
        Assert.All(model.Parameters.All, parameter => Assert.Contains(parameter.Value.Buffer, buffers));
        Assert.Throws<InvalidOperationException>(() => model.Plan.Add("late", new Shape(1), MemoryKind.Activations));
    }

    [Fact]
    public void Plan_can_be_read()
    {
        using var backend = new CpuBackend(1);
        using var model = TinyNet.Model(TinyNet.Config(), backend);
        string[] lines = MemoryTable.Of(model.Plan).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Contains(lines, line => line.StartsWith("Activations ", StringComparison.Ordinal) && line.Contains("gradient 0 [2, 32, 40, 8]"));
        Assert.Contains(lines, line => line.StartsWith("ParameterGradients ", StringComparison.Ordinal));
        Assert.EndsWith(MemoryTable.MiB(model.Plan.TotalBytes), lines[^1]);
    }

    [Fact]
    public void Inference_plans_less_than_training()
    {
        using var backend = new CpuBackend(1);
        var config = new PixelNetConfig { BatchNorm = true, Width = 0.25, Head = [64] };
        using var training = TinyNet.Model(config, backend, new NormalizeSizes(1, 128, 256), 2000);
        using var inference = TinyNet.Model(config, backend, new NormalizeSizes(1, 128, 256), 2000, ModelMode.Inference);
        long Activations(PixelNetModel model) => model.Plan.BytesOf(MemoryKind.Activations);
        Assert.InRange(Activations(inference), 1, Activations(training) / 2);
        Assert.Equal(0, inference.Plan.BytesOf(MemoryKind.ParameterGradients));
    }

    [Fact]
    public void At_stride_1_the_hypercolumn_is_the_map()
    {
        using var backend = new CpuBackend(1);
        using var model = TinyNet.Model(TinyNet.Config(), backend);
        model.Allocate();
        model.Initialize(1);
        var batch = TinyNet.Batch(model, 1);
        model.LoadBatch(batch);
        model.Forward(new StepState { Step = 1 });
        var map = Values(model.Trunk.Blocks[0].Units[^1].Y);
        var columns = Values(model.Hypercolumn.X);
        for (int m = 0; m < model.SampleCount; m++)
        {
            int cell = (batch.Samples[3 * m] * model.Input.H + batch.Samples[3 * m + 1]) * model.Input.W + batch.Samples[3 * m + 2];
            for (int c = 0; c < 8; c++) Assert.Equal(map[cell * 8 + c], columns[m * model.Config.HypercolumnWidth + c]);
        }
    }

    [Theory]
    [InlineData(32, 40)]
    [InlineData(45, 71)]
    public void A_ramp_of_cell_centres_gives_the_clamped_coordinate(int height, int width)
    {
        using var backend = new CpuBackend(1);
        using var model = TinyNet.Model(TinyNet.Config(AllTaps), backend, new NormalizeSizes(2, height, width));
        model.Allocate();
        var batch = TinyNet.Batch(model, 1);
        model.LoadBatch(batch);
        // Channel 0: x of the cell's centre, channel 1: y, channel 2: a constant.
        foreach (var (map, level) in model.Hypercolumn.Maps.Zip(model.Levels))
            for (int cell = 0; cell < level.N * level.H * level.W; cell++)
                for (int c = 0; c < 3; c++)
                    map.Span<float>()[cell * level.C + c] = c == 2 ? 7 : level.Stride * (c == 0 ? cell % level.W : cell / level.W % level.H) + (level.Stride - 1) / 2f;
        model.Hypercolumn.Forward(backend);
        var columns = Values(model.Hypercolumn.X);
        foreach (var level in model.Levels)
            for (int m = 0; m < model.SampleCount; m++)
            {
                float Expected(int pixel, int cells) => Math.Clamp(pixel, (level.Stride - 1) / 2f, level.Stride * (cells - 1) + (level.Stride - 1) / 2f);
                int column = m * model.Config.HypercolumnWidth + level.Column;
                Assert.Equal(Expected(batch.Samples[3 * m + 2], level.W), columns[column], 1e-4f);
                Assert.Equal(Expected(batch.Samples[3 * m + 1], level.H), columns[column + 1], 1e-4f);
                Assert.Equal(7, columns[column + 2], 1e-5f);
            }
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(0.4f)]
    public void Fused_and_composed_heads_agree(float dropout)
    {
        using var backend = new CpuBackend(2);
        var config = TinyNet.Config() with { Head = [24, 40], Dropout = dropout };
        using var fused = TinyNet.Model(config with { HeadKernel = HeadKernel.Fused }, backend, samples: 333);
        using var composed = TinyNet.Model(config with { HeadKernel = HeadKernel.Composed }, backend, samples: 333);
        foreach (var model in new[] { fused, composed })
        {
            model.Allocate();
            model.Initialize(5);
            model.SetClassWeights([1, 2, 0.5, 1]);
            Run(model, TinyNet.Batch(model, 1));
        }
        Assert.Equal(fused.ReadLoss().Loss, composed.ReadLoss().Loss, 1e-5);
        Assert.Equal(fused.ReadLoss().Correct, composed.ReadLoss().Correct);
        foreach (var parameter in fused.Parameters.All)
            AssertClose(Values(composed.Parameters[parameter.Name].Gradient!), Values(parameter.Gradient!), 1e-4, parameter.Name);
    }

    [Fact]
    public void Frozen_parameters_get_no_gradient_and_the_backward_pass_ends_above_them()
    {
        using var backend = new CpuBackend(1);
        using var free = TinyNet.Model(TinyNet.Config() with { BatchNorm = false }, backend);
        using var frozen = TinyNet.Model(free.Config with { Freeze = ["conv1_*", "conv2_1.*", "head.1.*"] }, backend);
        foreach (var model in new[] { free, frozen })
        {
            model.Allocate();
            model.Initialize(5);
            Run(model, TinyNet.Batch(model, 1));
        }
        Assert.Equal([2, 1, 0], frozen.Trunk.Blocks.Select(block => block.FirstLearning));
        Assert.Null(frozen.Trunk.Blocks[0].Units[^1].DY);
        Assert.True(frozen.Plan.BytesOf(MemoryKind.Activations) < free.Plan.BytesOf(MemoryKind.Activations));
        foreach (var parameter in frozen.Parameters.All)
        {
            var gradient = Values(parameter.Gradient!);
            if (parameter.Name.StartsWith("conv1_", StringComparison.Ordinal) || parameter.Name.StartsWith("conv2_1.", StringComparison.Ordinal)) Assert.All(gradient, value => Assert.Equal(0, value));
            else Assert.Equal(Values(free.Parameters[parameter.Name].Gradient!), gradient);
        }
        var segments = frozen.Parameters.Segments(1, 10, 2);
        Assert.Equal(["conv2_2.weight", "conv2_2.bias"], frozen.Parameters.All.Where(parameter => parameter.Offset == segments[0].Offset || parameter.Offset == segments[1].Offset).Select(parameter => parameter.Name));
        Assert.Equal((1f, 1f), (segments[0].LearningRateMultiplier, segments[0].DecayMultiplier));
        Assert.Equal((2f, 0f), (segments[1].LearningRateMultiplier, segments[1].DecayMultiplier));
        Assert.Equal((20f, 0f), (segments[^1].LearningRateMultiplier, segments[^1].DecayMultiplier));
        Assert.DoesNotContain(segments, segment => segment.Offset == frozen.Parameters["head.1.weight"].Offset);
    }

    [Fact]
    public void A_frozen_trunk_needs_no_gradient_memory()
    {
        using var backend = new CpuBackend(1);
        using var model = TinyNet.Model(TinyNet.Config() with { Freeze = ["conv*", "bn*"] }, backend);
        model.Allocate();
        model.Initialize(5);
        var variance = model.Parameters.FindStatistic("bn1_1.running_var")!;
        Run(model, TinyNet.Batch(model, 1));
        Assert.False(model.Trunk.Learns);
        Assert.Null(model.Hypercolumn.DX);
        Assert.All(Values(variance), value => Assert.Equal(1, value));
        Assert.Contains(Values(model.Parameters["head.0.weight"].Gradient!), value => value != 0);
    }

    [Fact]
    public void First_values_follow_the_initialiser_and_not_the_neighbours()
    {
        using var backend = new CpuBackend(2);
        using var model = TinyNet.Model(new PixelNetConfig { Width = 0.25, Head = [300], Classes = 7, HeadInitializer = WeightInitializer.Truncated }, backend);
        using var other = TinyNet.Model(model.Config with { Head = [40, 50], BatchNorm = true }, backend);
        foreach (var net in new[] { model, other })
        {
            net.Allocate();
            net.Initialize(9);
        }
        var filters = Values(model.Parameters["conv4_2.weight"].Value);
        Assert.Equal(Math.Sqrt(2.0 / (9 * 128)), Math.Sqrt(filters.Average(value => (double)value * value)), 5e-4);
        Assert.Equal(filters, Values(other.Parameters["conv4_2.weight"].Value));
        Assert.All(Values(model.Parameters["head.0.weight"].Value), value => Assert.InRange(value, -0.002f, 0.002f));
        Assert.All(Values(model.Parameters["conv4_2.bias"].Value), value => Assert.Equal(0, value));
        Assert.All(Values(other.Parameters["bn4_2.weight"].Value), value => Assert.Equal(1, value));
    }

    [Fact]
    public void Measured_taps_have_mean_0_and_deviation_1()
    {
        using var backend = new CpuBackend(1);
        using var model = TinyNet.Model(TinyNet.Config() with { StandardizeTaps = true }, backend, samples: 512);
        model.Allocate();
        model.Initialize(5);
        var batch = TinyNet.Batch(model, 1);
        float[] running = Values(model.Parameters.FindStatistic("bn2_2.running_mean")!);
        model.MeasureTapStatistics([batch]);
        Assert.Equal(running, Values(model.Parameters.FindStatistic("bn2_2.running_mean")!));
        model.LoadBatch(batch);
        model.Forward(new StepState { Step = 1 });
        var columns = Values(model.Hypercolumn.X);
        int width = model.Config.HypercolumnWidth;
        for (int d = 0; d < width; d++)
        {
            double mean = Enumerable.Range(0, 512).Average(m => (double)columns[m * width + d]);
            double variance = Enumerable.Range(0, 512).Average(m => Math.Pow(columns[m * width + d] - mean, 2));
            Assert.Equal(0, mean, 1e-3);
            Assert.InRange(variance, 0.9, 1.01);
        }
    }

    [Theory]
    [InlineData("no layer 'conv9_9'", "conv9_9")]
    [InlineData("shallow to deep", "conv2_2", "conv1_2")]
    [InlineData("no layer is tapped")]
    public void Bad_taps_are_refused(string expected, params string[] taps)
    {
        var error = Assert.Throws<PixelNetException>(() => ModelParameters.Plan(new PixelNetConfig { Taps = taps }));
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void Bad_configurations_are_refused()
    {
        using var backend = new CpuBackend(1);
        Assert.Contains("'conf1_*'", Assert.Throws<PixelNetException>(() => ModelParameters.Plan(new PixelNetConfig { Freeze = ["conf1_*"] })).Message);
        Assert.Contains("90x17 pixels leave nothing", Assert.Throws<PixelNetException>(() => TinyNet.Model(TinyNet.Config(AllTaps), backend, new NormalizeSizes(1, 17, 90))).Message);
        Assert.Contains("width", Assert.Throws<PixelNetException>(() => PixelNetConfig.FromJson("{\"Width\":1e9}")).Message);
        Assert.Contains("JSON", Assert.Throws<PixelNetException>(() => PixelNetConfig.FromJson("{\"Widht\":1}")).Message);
        foreach (string bad in (string[])["null", "[1]", "{\"Width\":1,\"Width\":2}", "{\"\\ud800\":1}", "{\"Taps\":[\"\\ud800\"]}", "{\"Taps\":[[[[[1]]]]]}", "{\"Head\":null", "{\"TrunkInitializer\":\"Ha\"}"])
            Assert.Contains("JSON", Assert.Throws<PixelNetException>(() => PixelNetConfig.FromJson(bad)).Message);
        Assert.Equal((new PixelNetConfig() with { Width = 0.5 }).ToJson(), PixelNetConfig.FromJson("{\"Width\":0.5}").ToJson());
        var config = TinyNet.Config() with { Dropout = 0.3f, Freeze = ["bn*"], TrunkInitializer = WeightInitializer.Gaussian };
        Assert.Equal(config.ToJson(), PixelNetConfig.FromJson(config.ToJson()).ToJson());
    }

    [Fact]
    public void In_double_precision_the_weights_of_the_cells_are_not_rounded_to_float()
    {
        using var backend = new CpuBackend(1);
        using var model = new PixelNetModel(TinyNet.Config(AllTaps), backend, new NormalizeSizes(2, 45, 71), 64, ModelMode.Training, TinyNet.Preprocessing, ElementType.Float64);
        model.Allocate();
        var batch = TinyNet.Batch(model, 1);
        model.LoadBatch(batch);
        foreach (var cells in model.Hypercolumn.Cells)
        {
            var sums = new double[64];
            for (int e = 0; e < cells.Counts.Span<int>()[1]; e++) sums[cells.Samples.Span<int>()[e]] += cells.Weights.Span<double>()[e];
            Assert.All(sums, sum => Assert.Equal(1, sum, 1e-14));
        }
        Assert.All(model.Parameters.All, parameter => Assert.Equal((ElementType.Float64, ElementType.Float64), (parameter.Value.Type, parameter.Gradient!.Type)));
    }

    [Fact]
    public void Too_large_a_plan_is_refused_with_its_figure()
    {
        using var backend = new CpuBackend(1);
        using var model = TinyNet.Model(new PixelNetConfig { Head = [] }, backend, new NormalizeSizes(64, 4096, 4096));
        var error = Assert.Throws<PixelNetException>(model.Allocate);
        Assert.Contains($"{MemoryTable.MiB(model.Plan.TotalBytes)}", error.Message);
    }

    internal static void Run(PixelNetModel model, HostBatch batch)
    {
        model.LoadBatch(batch);
        model.Forward(new StepState { Step = 1, Seed = 11 });
        model.ZeroGradients();
        model.Backward();
    }

    internal static float[] Values(Tensor tensor) => tensor.Span<float>().ToArray();

    internal static void AssertClose(float[] actual, float[] expected, double tolerance, string name)
    {
        double error = Math.Sqrt(actual.Zip(expected, (a, e) => Math.Pow(a - e, 2)).Sum()), norm = Math.Sqrt(expected.Sum(e => (double)e * e));
        Assert.True(error <= tolerance * norm, $"{name}: error {error:G3} of norm {norm:G3}");
    }
}
