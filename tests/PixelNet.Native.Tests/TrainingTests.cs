using PixelNet.Native.Backends.Cpu;
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
}
