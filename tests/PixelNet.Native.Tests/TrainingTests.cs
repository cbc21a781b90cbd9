using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Testing;
using PixelNet.Native.Training;
using Xunit;

namespace PixelNet.Native.Tests;

public sealed class TrainingTests
{
    [Theory]
    [InlineData(OptimizerKind.Adam, true)]
    [InlineData(OptimizerKind.Adam, false)]
    [InlineData(OptimizerKind.SgdMomentum, true)]
    public void Toy_task_is_learned(OptimizerKind optimizer, bool batchNorm)
    {
        using var backend = new CpuBackend(2);
        using var model = TinyNet.Model(TinyNet.Config() with { BatchNorm = batchNorm }, backend);
        var trainer = new Trainer(model, new TrainerOptions { Optimizer = optimizer, LearningRate = optimizer == OptimizerKind.Adam ? 5e-3 : 5e-2, Schedule = new(ScheduleKind.Cosine, 80, 5) });
        model.Allocate();
        model.Initialize(3);
        var batch = TinyNet.Batch(model, 1);
        var first = trainer.Step(1, batch);
        var last = first;
        for (int step = 2; step <= 80; step++)
        {
            TinyNet.Fill(batch, step);
            last = trainer.Step(step, batch);
        }
        Assert.InRange(first.Loss, 0.9, 10);
        Assert.InRange(last.Loss, 0, 0.4);
        Assert.InRange(last.Accuracy, 0.85, 1);
    }

    [Theory]
    [InlineData(OptimizerKind.Adam)]
    [InlineData(OptimizerKind.SgdMomentum)]
    public void A_step_allocates_nothing(OptimizerKind optimizer)
    {
        using var backend = new CpuBackend(2);
        using var model = TinyNet.Model(TinyNet.Config("conv1_2", "fc7") with { Width = 1.0 / 32, Dropout = 0.5f, HeadKernel = Native.Model.HeadKernel.Composed }, backend);
        var trainer = new Trainer(model, new TrainerOptions { Optimizer = optimizer });
        model.Allocate();
        model.Initialize(3);
        var batch = TinyNet.Batch(model, 1);
        Assert.Equal(0, Allocations.OfARound(round =>
        {
            for (int step = 1; step <= 4; step++) trainer.Step(4 * round + step, batch);
        }));
    }

    [Fact]
    public void A_loss_that_is_not_finite_names_step_and_tensor_and_changes_nothing()
    {
        using var backend = new CpuBackend(1);
        using var model = TinyNet.Model(TinyNet.Config(), backend);
        var trainer = new Trainer(model, new TrainerOptions());
        model.Allocate();
        model.Initialize(3);
        model.Parameters["conv2_1.weight"].Value.Span<float>()[0] = float.PositiveInfinity;
        float[] before = ModelTests.Values(model.Parameters.Values);
        var error = Assert.Throws<NonFiniteException>(() => trainer.Step(12, TinyNet.Batch(model, 12)));
        Assert.Equal((12, "conv2_1.weight"), (error.Step, error.TensorName));
        Assert.Contains("loss of step 12", error.Message);
        Assert.Contains("lower the learning rate", error.Message);
        Assert.Equal(before, ModelTests.Values(model.Parameters.Values));
    }

    [Fact]
    public void Diverging_run_is_stopped()
    {
        using var backend = new CpuBackend(1);
        using var model = TinyNet.Model(TinyNet.Config() with { BatchNorm = false }, backend);
        var trainer = new Trainer(model, new TrainerOptions { Optimizer = OptimizerKind.SgdMomentum, LearningRate = 1e12 });
        model.Allocate();
        model.Initialize(3);
        var error = Assert.Throws<NonFiniteException>(() =>
        {
            for (int step = 1; step < 50; step++) trainer.Step(step, TinyNet.Batch(model, step));
        });
        Assert.NotNull(error.TensorName);
    }

    [Fact]
    public void Ignored_pixels_count_neither_way()
    {
        using var backend = new CpuBackend(1);
        using var model = TinyNet.Model(TinyNet.Config(), backend);
        var trainer = new Trainer(model, new TrainerOptions());
        model.Allocate();
        model.Initialize(3);
        var batch = TinyNet.Batch(model, 1);
        batch.Targets.AsSpan().Fill(255);
        float[] before = ModelTests.Values(model.Parameters.Values);
        var result = trainer.Step(1, batch);
        Assert.Equal((0, 0), (result.Loss, result.Accuracy));
        Assert.Equal(before, ModelTests.Values(model.Parameters.Values));
    }

    [Fact]
    public void Schedules_are_what_they_say()
    {
        Assert.Equal(1, new LearningRateSchedule(ScheduleKind.Constant, 10).Factor(10));
        var step = new LearningRateSchedule(ScheduleKind.Step, 100, Every: 10, Drop: 0.1);
        Assert.Equal([1, 1, 0.1, 0.1, 0.01], new long[] { 1, 10, 11, 20, 21 }.Select(s => Math.Round(step.Factor(s), 12)));
        var poly = new LearningRateSchedule(ScheduleKind.Poly, 10, Power: 2);
        Assert.Equal([1, 0.81, 0.01, 0], new long[] { 1, 2, 10, 11 }.Select(s => Math.Round(poly.Factor(s), 12)));
        var cosine = new LearningRateSchedule(ScheduleKind.Cosine, 104, Warmup: 4);
        Assert.Equal([0.25, 0.5, 0.75, 1, 1, 0.5, 0], new long[] { 1, 2, 3, 4, 5, 55, 105 }.Select(s => Math.Round(cosine.Factor(s), 12)));
        Assert.Equal(0, cosine.Factor(1_000_000), 1e-12);
        Assert.InRange(cosine.Factor(104), 1e-6, 1e-3);
    }

    [Fact]
    public void Step_state_carries_the_corrections_and_the_rate()
    {
        using var backend = new CpuBackend(1);
        using var model = TinyNet.Model(TinyNet.Config(), backend);
        var trainer = new Trainer(model, new TrainerOptions { LearningRate = 0.2, Schedule = new(ScheduleKind.Step, 10, Every: 3, Drop: 0.5), Seed = 77 });
        var state = trainer.StateOf(4);
        Assert.Equal((77UL, 4UL, 0.1f), (state.Seed, state.Step, state.LearningRate));
        Assert.Equal((float)(1 - Math.Pow(0.9f, 4)), state.AdamCorrection1);
        Assert.Equal((float)(1 - Math.Pow(0.999f, 4)), state.AdamCorrection2);
    }
}
