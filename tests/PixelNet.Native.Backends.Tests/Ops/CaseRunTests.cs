using PixelNet.Native.Backends.Reference;
using PixelNet.Native.Diagnostics.Cases;
using PixelNet.Native.Tensors;
using Xunit;

namespace PixelNet.Native.Backends.Tests.Ops;

/// <summary>What the op suite rests on: values, poison and canaries of a run.</summary>
public sealed class CaseRunTests : IDisposable
{
    private readonly ReferenceBackend _backend = new();

    private static OpCase Some => OpCases.All.First(c => c.Op == "Conv2d");

    [Fact]
    public void Float_and_double_runs_start_from_the_same_values()
    {
        foreach (var c in OpCases.All.Where(c => !c.Long))
        {
            using CaseRun single = new(c, _backend), exact = new(c, _backend, ElementType.Float64);
            single.Fill();
            exact.Fill();
            // Only the bilinear weights are more exact in double.
            foreach (var tensor in c.Tensors.Where(tensor => tensor.Fill is not null && !tensor.Name.StartsWith("cellWeights", StringComparison.Ordinal)))
                Assert.Equal(single.Read(tensor.Name), exact.Read(tensor.Name));
        }
    }

    [Fact]
    public void Tensors_of_a_case_differ_from_each_other_and_fill_repeats()
    {
        using CaseRun run = new(Some, _backend), again = new(Some, _backend);
        run.Fill();
        again.Fill();
        Assert.Equal(run.Read("w"), again.Read("w"));
        Assert.NotEqual(run.Read("w"), run.Read("dw"));
        run.Forward();
        run.Backward();
        run.Fill();
        Assert.Equal(again.ReadBytes("dw"), run.ReadBytes("dw"));
        Assert.Equal(again.ReadBytes("y"), run.ReadBytes("y"));
    }

    [Fact]
    public void What_the_op_writes_starts_as_NaN_and_gradients_that_accumulate_as_values_or_zeros()
    {
        using var run = new CaseRun(Some, _backend);
        run.Fill();
        Assert.All(run.Read("y").Concat(run.Read("dx")), value => Assert.True(double.IsNaN(value)));
        Assert.DoesNotContain(run.Read("dw"), double.IsNaN);
        Assert.Contains(run.Read("dw"), value => value != 0);
        run.Fill(zeroGradients: true);
        Assert.All(run.Read("dw"), value => Assert.Equal(0, value));
        Assert.All(run.Read("dx"), value => Assert.True(double.IsNaN(value)));
    }

    [Theory]
    [InlineData(-1, "byte -1 before the start of 'w'")]
    [InlineData(-256, "byte -256 before the start of 'w'")]
    public unsafe void Write_before_a_tensor_is_found(int offset, string expected)
    {
        using var run = new CaseRun(Some, _backend);
        run.Fill();
        Assert.Null(run.DamagedCanary());
        *((byte*)run["w"].Pointer<float>() + offset) = 0;
        Assert.Contains(expected, run.DamagedCanary());
    }

    [Fact]
    public unsafe void Write_behind_a_tensor_is_found()
    {
        using var run = new CaseRun(Some, _backend);
        run.Fill();
        var w = run["w"];
        *(w.Pointer<float>() + w.Count) = 1;
        Assert.Contains("behind the end of 'w'", run.DamagedCanary());
    }

    [Fact]
    public void Traffic_counts_what_a_pass_reads_and_writes_once()
    {
        var c = (LinearCase)OpCases.All.First(c => c is { Op: "Linear", Name: "logits" });
        var (m, i, o) = (c.Sizes.M, c.Sizes.In, c.Sizes.Out);
        Assert.Equal(4L * (m * i + o * i + o + m * o), c.ForwardBytes(ElementType.Float32));
        // x, w, dy read; dw, db read and written; dx written.
        Assert.Equal(8L * (m * i + o * i + m * o + 2 * (o * i + o) + m * i), c.BackwardBytes(ElementType.Float64));
    }

    public void Dispose() => _backend.Dispose();
}
