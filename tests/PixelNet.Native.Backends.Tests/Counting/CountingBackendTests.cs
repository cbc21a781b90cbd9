using PixelNet.Native.Backends.Counting;
using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Backends.Timing;
using PixelNet.Native.Diagnostics.Cases;
using PixelNet.Native.Model;
using PixelNet.Native.Training;
using Xunit;

namespace PixelNet.Native.Backends.Tests.Counting;

public sealed class CountingBackendTests
{
    public static TheoryData<string> Nets => [.. NetCase.All.Select(c => c.Name)];

    /// <summary>The ops that are counted without memory are those that a step calls, in its order, with the FLOPs that are timed.</summary>
    [Theory]
    [MemberData(nameof(Nets))]
    public void Counts_the_calls_of_a_real_step(string net)
    {
        var c = NetCase.All.Single(candidate => candidate.Name == net);
        using var timed = new TimedBackend(new CpuBackend(1));
        using (var run = new NetRun(c, timed, Tensors.ElementType.Float32))
        {
            timed.Reset();
            run.Forward();
            run.Model.ZeroGradients();
            run.Model.Backward();
        }
        using var cpu = new CpuBackend(1);
        using var counting = new CountingBackend(cpu);
        using var model = new PixelNetModel(c.Config, counting, c.Input, c.Samples, ModelMode.Training, default);
        model.Forward(default);
        model.ZeroGradients();
        model.Backward();

        Assert.Equal(timed.Rows.Select(row => (row.Op, row.Layer, row.Calls)), counting.Rows.Select(row => (row.Op, row.Layer, row.Calls)));
        Assert.All(timed.Rows.Zip(counting.Rows).Where(pair => pair.First.Flops > 0), pair => Assert.Equal(pair.First.Flops, pair.Second.Flops));
        Assert.All(counting.Rows, row => Assert.True(row.Bytes > 0, $"{row.Op} {row.Layer} moves nothing"));
        Assert.Equal(model.StepFlops, counting.Rows.Where(row => row.Op.StartsWith("Conv2d", StringComparison.Ordinal) || row.Op.StartsWith("Linear", StringComparison.Ordinal) || row.Op.StartsWith("PixelMlp", StringComparison.Ordinal)).Sum(row => row.Flops));
        Assert.False(model.Plan.IsAllocated);
    }

    /// <summary>The optimiser's row: 20 bytes a parameter with momentum, 28 with Adam, of the whole arena.</summary>
    [Theory]
    [InlineData(OptimizerKind.SgdMomentum, 20)]
    [InlineData(OptimizerKind.Adam, 28)]
    public void Counts_the_update(OptimizerKind kind, int bytes)
    {
        var c = NetCase.All[1];
        using var cpu = new CpuBackend(1);
        using var counting = new CountingBackend(cpu);
        using var model = new PixelNetModel(c.Config, counting, c.Input, c.Samples, ModelMode.Training, default);
        new Trainer(model, new TrainerOptions { Optimizer = kind }).Update();
        Assert.Equal(bytes * model.Parameters.Values.Count, Assert.Single(counting.Rows).Bytes);
    }

    /// <summary>FLOPs and bytes of a forward pass are those that the op's case declares.</summary>
    [Fact]
    public void Counts_what_the_cases_declare()
    {
        using var cpu = new CpuBackend(1);
        foreach (var c in OpCases.All.Where(c => !c.Long))
        {
            using var counting = new CountingBackend(cpu);
            using var run = new CaseRun(c, cpu);
            switch (c)
            {
                case Conv2dCase conv: counting.Conv2dForward(run["y"], run["x"], run["w"], run.Find("b"), conv.Sizes, conv.Relu, run.Memory); break;
                case MaxPool2dCase pool: counting.MaxPool2dForward(run["y"], run["argmax"], run["x"], pool.Sizes); break;
                case NormalizeCase normalize: counting.NormalizeForward(run["y"], run["x"], normalize.Sizes, normalize.Transform); break;
                case UpsampleArgmaxCase upsample: counting.UpsampleArgmaxForward(run["labels"], run["scores"], upsample.Sizes); break;
                default: continue;
            }
            var row = Assert.Single(counting.Rows);
            Assert.Equal((c.ForwardFlops, c.ForwardBytes(Tensors.ElementType.Float32)), (row.Flops, row.Bytes));
        }
    }
}
