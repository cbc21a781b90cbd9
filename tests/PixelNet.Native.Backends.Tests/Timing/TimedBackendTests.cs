using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Backends.Timing;
using PixelNet.Native.Tensors;
using PixelNet.Native.Testing;
using Xunit;

namespace PixelNet.Native.Backends.Tests.Timing;

public sealed class TimedBackendTests
{
    private static readonly LinearSizes Sizes = new(5, 3, 2);

    [Fact]
    public void Forwards_the_work_and_counts_calls_and_operations_per_layer()
    {
        using var plain = new CpuBackend(1);
        using var timed = new TimedBackend(new CpuBackend(1));
        Step(plain, "fc", out float expected);
        Step(timed, "fc1", out float first);
        Step(timed, "fc2", out float second);
        Step(timed, "fc1", out _);

        Assert.Equal(expected, first);
        Assert.Equal(expected, second);
        var rows = timed.Rows.Where(row => row.Op == "LinearForward").ToArray();
        Assert.Equal(["fc1.weight", "fc2.weight"], rows.Select(row => row.Layer));
        Assert.Equal([2, 1], rows.Select(row => row.Calls));
        Assert.Equal([2.0 * Sizes.Flops, Sizes.Flops], rows.Select(row => row.Flops));
        Assert.All(rows, row => Assert.InRange(row.BestMilliseconds, 0, row.Milliseconds));
        Assert.Equal(1, timed.Rows.Count(row => row.Op == "Fill" && row.Layer == "fc2.bias"));
    }

    [Fact]
    public void Table_has_every_row_its_share_and_the_sum()
    {
        using var timed = new TimedBackend(new CpuBackend(1));
        Step(timed, "fc1", out _);
        string[] lines = timed.Table().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Contains(lines, line => line.StartsWith("LinearForward  fc1.weight", StringComparison.Ordinal));
        Assert.EndsWith("100.0 %", lines[^1]);
        timed.Reset();
        Assert.Empty(timed.Rows);
    }

    [Fact]
    public void Known_rows_are_timed_without_allocation()
    {
        using var timed = new TimedBackend(new CpuBackend(1));
        var tensor = Tensor.Allocate(timed, "t", new Shape(16));
        Assert.Equal(0, Allocations.OfARound(_ =>
        {
            for (int i = 0; i < 100; i++) timed.Fill(tensor, i);
        }));
    }

    private static void Step(IBackend backend, string layer, out float result)
    {
        var memory = new OpMemory { Workspace = Tensor.Allocate(backend, "workspace", new Shape((int)(backend.Describe(Sizes).WorkspaceBytes / 4))) };
        var x = Tensor.Allocate(backend, "x", new Shape(Sizes.M, Sizes.In));
        var w = Tensor.Allocate(backend, layer + ".weight", new Shape(Sizes.Out, Sizes.In));
        var b = Tensor.Allocate(backend, layer + ".bias", new Shape(Sizes.Out));
        var y = Tensor.Allocate(backend, "y", new Shape(Sizes.M, Sizes.Out));
        backend.Fill(x, 2);
        backend.Fill(w, 3);
        backend.Fill(b, 1);
        backend.LinearForward(y, x, w, b, Sizes, new LinearEpilogue(Relu: true), null, memory);
        result = y.Span<float>()[0];
    }
}
