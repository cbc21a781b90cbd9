using PixelNet.Native.Backends;
using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Diagnostics;
using PixelNet.Native.Diagnostics.Cases;
using PixelNet.Native.Model;
using PixelNet.Native.Ptx.Tracing;
using PixelNet.Native.Sampling;
using PixelNet.Native.Training;
using Xunit;

namespace PixelNet.Native.Cuda.Tests;

/// <summary>A tiny PixelNet trains on the GPU's kernels, in the emulator: the CPU's losses, the same bytes each time, and nothing that an observer finds.</summary>
public sealed class WholeStepTests
{
    private const int Steps = 5, M = 64, Classes = 5;
    private static readonly NormalizeSizes Input = new(1, 32, 64);

    private static Dictionary<string, (PixelNetConfig Config, OptimizerKind Optimizer)> Variants { get; } = new()
    {
        ["biases, fused head, SGD"] = (Tiny() with { Dropout = 0.25f }, OptimizerKind.SgdMomentum),
        ["batch norm, composed head, Adam"] = (Tiny() with { BatchNorm = true, HeadKernel = HeadKernel.Composed, Dropout = 0.25f }, OptimizerKind.Adam),
    };

    public static TheoryData<string> Names => [.. Variants.Keys];

    public static TheoryData<string> Nets => [.. NetCase.All.Select(net => net.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Trains_with_the_losses_of_the_cpu_to_the_same_bytes_each_time(string variant)
    {
        using var cpu = new CpuBackend(1);
        var expected = Train(cpu, variant);
        using var first = new CudaBackend(new EmulatedCudaDriver());
        using var second = new CudaBackend(new EmulatedCudaDriver());
        var (losses, parameters) = Train(first, variant);
        Assert.All(losses.Zip(expected.Losses), pair => Assert.True(Math.Abs(pair.First - pair.Second) <= 1e-4, $"loss {pair.First}, on the CPU {pair.Second}"));
        var again = Train(second, variant);
        Assert.Equal(losses, again.Losses);
        Assert.True(parameters.AsSpan().SequenceEqual(again.Parameters), "the parameters of two runs differ");
    }

    /// <summary>Products in TF32, a thousandth apart: the losses of the first steps still are.</summary>
    [Fact]
    public void Trains_in_tf32()
    {
        using var cpu = new CpuBackend(1);
        var kernels = new HashSet<string>();
        using var backend = new CudaBackend(new EmulatedCudaDriver(new() { Launched = report => kernels.Add(report.Kernel) }), new() { Precision = Precision.Tf32 });
        foreach (string variant in Variants.Keys)
            Assert.All(Train(backend, variant).Losses.Zip(Train(cpu, variant).Losses), pair => Assert.Equal(pair.Second, pair.First, 0.01 * pair.Second));
        Assert.Contains("conv2d_forward_tf32_v4", kernels);
        Assert.Contains("linear_backward_weight_tf32_v7", kernels);
    }

    [Fact]
    public void Step_allocates_nothing()
    {
        var driver = new EmulatedCudaDriver();
        using var backend = new CudaBackend(driver);
        using var model = Model(backend, Variants.First().Value.Config);
        var trainer = new Trainer(model, Options(OptimizerKind.Adam));
        model.Allocate();
        model.Initialize(seed: 7);
        var batch = new HostBatch(Input, M, model.Levels);
        Fill(batch, 1);
        // The first step loads the modules, whose variables are memory too.
        trainer.Step(1, batch);
        long before = driver.Allocations;
        trainer.Step(2, batch);
        Assert.Equal(before, driver.Allocations);
    }

    [Theory]
    [MemberData(nameof(Nets))]
    public void Net_has_the_gradients_of_the_reference_and_no_findings(string net) => CheckNet(net, seed: 1);

    /// <summary>Warps and blocks in five orders.</summary>
    [Theory]
    [MemberData(nameof(Nets))]
    [Trait("Category", "All")]
    public void Net_is_clean_in_every_order(string net)
    {
        for (ulong seed = 2; seed <= 5; seed++) CheckNet(net, seed);
    }

    /// <summary>The bytes do not depend on the order of warps and blocks.</summary>
    [Fact]
    [Trait("Category", "All")]
    public void Order_of_warps_and_blocks_does_not_change_a_byte()
    {
        foreach (string variant in Variants.Keys)
        {
            byte[]? first = null;
            for (ulong seed = 0; seed < 5; seed++)
            {
                using var backend = new CudaBackend(new EmulatedCudaDriver(new() { Seed = seed }));
                var (_, parameters) = Train(backend, variant);
                Assert.True(parameters.AsSpan().SequenceEqual(first ??= parameters), $"{variant}: the parameters under seed {seed} differ");
            }
        }
    }

    private static void CheckNet(string name, ulong seed)
    {
        var driver = new EmulatedCudaDriver(new() { Observers = Observers.All, Seed = seed });
        using var backend = new CudaBackend(driver);
        foreach (var row in ParityCheck.Of(NetCase.All.Single(net => net.Name == name), backend)) Assert.True(row.Passed, row.Fault);
        Assert.True(driver.Findings.Count == 0, string.Join('\n', driver.Findings));
        Assert.True(driver.Launches > 0);
    }

    private static (double[] Losses, byte[] Parameters) Train(IBackend backend, string variant)
    {
        var (config, optimizer) = Variants[variant];
        using var model = Model(backend, config);
        var trainer = new Trainer(model, Options(optimizer));
        model.Allocate();
        model.Initialize(seed: 7);
        var batch = new HostBatch(Input, M, model.Levels);
        var losses = new double[Steps];
        for (int step = 1; step <= Steps; step++)
        {
            Fill(batch, (uint)step);
            losses[step - 1] = trainer.Step(step, batch).Loss;
        }
        var parameters = new byte[model.Parameters.Values.ByteLength];
        backend.Download(parameters, model.Parameters.Values);
        return (losses, parameters);
    }

    private static PixelNetConfig Tiny() => new() { Width = 1.0 / 16, Head = [64, 64], Classes = Classes };

    private static TrainerOptions Options(OptimizerKind kind) => new() { Optimizer = kind, LearningRate = kind == OptimizerKind.Adam ? 0.001 : 0.01, Seed = 3 };

    private static PixelNetModel Model(IBackend backend, PixelNetConfig config) =>
        new(config, backend, Input, M, ModelMode.Training, new ChannelTransform(true, 1 / 64f, 1 / 64f, 1 / 64f, -2, -2, -2));

    private static void Fill(HostBatch batch, uint step)
    {
        var random = new PhiloxStream(1, 3, step, 0);
        foreach (ref byte value in batch.Images.AsSpan()) value = (byte)random.NextInt(256);
        for (int m = 0; m < M; m++)
        {
            (batch.Samples[3 * m], batch.Samples[3 * m + 1], batch.Samples[3 * m + 2]) = (0, random.NextInt(Input.H), random.NextInt(Input.W));
            batch.Targets[m] = random.NextInt(10) == 0 ? 255 : random.NextInt(Classes);
        }
        foreach (var cells in batch.Cells) cells.Build(batch.Samples);
    }
}
