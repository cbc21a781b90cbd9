using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.KernelBench.Parts;
using PixelNet.Native.KernelBench.Results;
using PixelNet.Native.KernelBench.Rows;
using Xunit;

namespace PixelNet.Native.KernelBench.Tests;

public sealed class RowTests
{
    /// <summary>A kernel that no row calls would never be measured.</summary>
    [Fact]
    public void Every_pass_of_the_catalogue_has_a_row()
    {
        foreach (bool tiny in (bool[])[false, true])
        {
            var rows = new BenchRows(tiny).All;
            string[] measured = [.. rows.SelectMany(row => row.Ladder).Select(pass => pass.Name), .. rows.SelectMany(row => row.Extras).Select(extra => extra.Kernel[..extra.Kernel.LastIndexOf('_')])];
            // The rest of a dense layer whose product is cuBLAS's is in cuBLAS's rows.
            if (rows.Any(row => row.HasProducts)) measured = [.. measured, "linear_epilogue"];
            Assert.Empty(KernelCatalogue.Passes.Select(pass => pass.Name).Except(measured));
            Assert.Equal(rows.Count, rows.Select(row => row.Id).Distinct().Count());
        }
    }

    /// <summary>What is to be shown names rows and implementations that there are.</summary>
    [Fact]
    public void Targets_are_of_rows()
    {
        string[] ids = [.. new BenchRows(tiny: false).All.Select(row => row.Id), "step deck", "step city"];
        Assert.All(Target.All, target => Assert.Contains(target.Id, ids));
        Assert.All(new BenchRows(tiny: false).All.Where(row => row.Ladder.Count > 0), row => Assert.Contains(row.Rungs(), rung => rung.IsDefault));
    }

    /// <summary>Over the emulator: right, deterministic, in bounds, untimed.</summary>
    [Fact]
    public void Gather_rows_run_on_the_emulator()
    {
        using var driver = new EmulatedCudaDriver();
        var file = KernelsPart.Run(driver, timed: false, "gather A ", new TimeBudget(TimeSpan.FromMinutes(5)), _ => { });
        Assert.Contains(file.Rows, row => row.Impl == "hypercolumn_backward_atomic_v1");
        Assert.All(file.Rows, row => Assert.True(row is { Fault: null, Note: null, Deterministic: true, Timing: null }, $"{row}"));
        Assert.Contains(file.Notes, note => note.Contains("nothing is timed", StringComparison.Ordinal));
    }

    /// <summary>A rung that writes something else is found, whatever its time.</summary>
    [Fact]
    public void A_contender_that_gives_other_results_is_at_fault()
    {
        using var driver = new EmulatedCudaDriver();
        float shift = 0;
        var row = new BenchRow("fill", "", [KernelCatalogue.Passes.Single(pass => pass.Name == "fill_forward")], (memory, backend) =>
        {
            var y = memory.Output("y", new Tensors.Shape(100));
            return (() => backend.Fill(y, 1 + shift), new(0, 400));
        });
        var same = new Contender("other", Cuda.Precision.Fp32, new(), false);
        using var runner = new RowRunner(driver, timed: false);
        Assert.All(runner.Run(row, [same], () => true), result => Assert.Null(result.Fault));
        var results = runner.Run(row, [same], () => true).Select(result =>
        {
            shift = 1e-3f;
            return result;
        }).ToArray();
        Assert.Contains("differs from the simplest rung", results[1].Fault, StringComparison.Ordinal);
    }

    /// <summary>What is out of time is in the table, as not measured.</summary>
    [Fact]
    public void Nothing_is_left_out_silently()
    {
        using var driver = new EmulatedCudaDriver();
        var file = KernelsPart.Run(driver, timed: false, "", new TimeBudget(TimeSpan.Zero), _ => { });
        Assert.All(file.Rows, row => Assert.Equal("not measured: out of time", row.Note));
        Assert.True(file.Rows.Count > 100);
    }
}
