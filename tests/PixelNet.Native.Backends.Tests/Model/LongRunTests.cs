using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Backends.Tests.Planted;
using PixelNet.Native.Model;
using PixelNet.Native.Sampling;
using PixelNet.Native.Tensors;
using PixelNet.Native.Testing;
using PixelNet.Native.Training;
using Xunit;

namespace PixelNet.Native.Backends.Tests.Model;

/// <summary>A long run takes its memory once: no step asks the backend for any, and the managed heap stays as it is.</summary>
[CollectionDefinition(nameof(LongRunTests), DisableParallelization = true)]
[Collection(nameof(LongRunTests))]
public sealed class LongRunTests
{
    private static readonly NormalizeSizes Input = new(1, 32, 35);

    [Fact]
    public void Fifty_steps_allocate_nothing() => Check(50);

    [Fact, Trait("Category", "All")]
    public void A_thousand_steps_allocate_nothing() => Check(1000);

    private static void Check(int steps)
    {
        using var backend = new CountingBackend();
        var config = new PixelNetConfig { Width = 1.0 / 32, BatchNorm = true, Taps = PixelNetConfig.TapNames, StandardizeTaps = true, Head = [12], Classes = 4, Dropout = 0.3f };
        using var model = new PixelNetModel(config, backend, Input, 60, ModelMode.Training, new ChannelTransform(false, 0.02f, 0.02f, 0.02f, -1, -1, -1));
        var trainer = new Trainer(model, new TrainerOptions());
        model.Allocate();
        model.Initialize(seed: 1);
        var batch = new HostBatch(Input, 60, model.Levels);
        Fill(batch, 0);
        model.MeasureTapStatistics([batch]);
        int before = backend.Allocations, step = 0;
        Assert.True(before > 0);
        long bytes = Allocations.OfARound(_ => Step(), rounds: 4), heap = GC.GetTotalMemory(forceFullCollection: true);
        while (step < steps) Step();
        Assert.Equal(0, bytes);
        Assert.Equal(before, backend.Allocations);
        // A hundred bytes a step would be seen, beside what the runtime itself may have kept. No other test runs meanwhile.
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - heap, long.MinValue, 50_000 + steps);

        void Step()
        {
            Fill(batch, (uint)++step);
            trainer.Step(step, batch);
        }
    }

    private static void Fill(HostBatch batch, uint step)
    {
        var random = new PhiloxStream(3, 5, step, 0);
        foreach (ref byte value in batch.Images.AsSpan()) value = (byte)random.NextInt(256);
        for (int m = 0; m < batch.SampleCount; m++)
        {
            (batch.Samples[3 * m], batch.Samples[3 * m + 1], batch.Samples[3 * m + 2]) = (0, random.NextInt(Input.H), random.NextInt(Input.W));
            batch.Targets[m] = random.NextInt(4);
        }
        foreach (var cells in batch.Cells) cells.Build(batch.Samples);
    }

    private sealed class CountingBackend() : DelegatingBackend(new CpuBackend(2))
    {
        public int Allocations { get; private set; }

        public override DeviceBuffer Allocate(long byteLength)
        {
            Allocations++;
            return base.Allocate(byteLength);
        }
    }
}
