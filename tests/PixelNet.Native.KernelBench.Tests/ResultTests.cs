using PixelNet.Native.KernelBench.Results;
using Xunit;

namespace PixelNet.Native.KernelBench.Tests;

public sealed class ResultTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kernel-bench-tests-");

    private static ResultFile Own { get; } = new()
    {
        Device = new("NVIDIA Example", "9.0", "12.4", 80L << 30, 50 << 20, 132, "abc123", "0.1.0", "9.1.0", null),
        Ceilings = new() { CopyGbPerSecond = 3000, L2GbPerSecond = 5000, FfmaTflops = 50, MmaTf32Tflops = 300, LaunchUs = 2 },
        Checks = [new("Fill fp32: against double", true, "1 tensors"), new("training fp32", false, "the losses of run 2 differ")],
        Rows =
        [
            new() { Id = "gather A forward", Shape = "5x224x224", Precision = "fp32", Impl = "hypercolumn_forward_v1", Timing = new(900, 890, 9, 11, 100), Work = new(1e8, 1e8, 2.5e8), Deterministic = true },
            new() { Id = "gather A forward", Shape = "5x224x224", Precision = "fp32", Impl = "hypercolumn_forward_v4", IsDefault = true, Timing = new(60, 59, 1, 11, 100), Work = new(1e8, 1e8, 2.5e8), RelativeError = 4.2e-8, Deterministic = true },
            new() { Id = "step deck", Precision = "fp32", Impl = "own", IsDefault = true, Timing = new(50_000, 49_000, 100, 40, 1), PeakBytes = 5L << 30, ProjectedHours = 3.3 },
        ],
    };

    private static ResultFile Peers { get; } = new()
    {
        Peers = "PyTorch 2.6",
        Rows = [new() { Id = "gather A forward", Precision = "fp32", Impl = "eager grid_sample", IsPeer = true, Timing = new(720, 700, 5, 11, 30) }],
    };

    [Fact]
    public void Parts_are_written_read_and_merged()
    {
        Own.Write(Path.Combine(_folder.FullName, "kernels.json"));
        Peers.Write(Path.Combine(_folder.FullName, "peers.json"));
        var merged = ResultFile.Merge(_folder.FullName, ["ceilings", "kernels", "peers"]);
        Assert.Equal(Own.Device, merged.Device);
        Assert.Equal("PyTorch 2.6", merged.Peers);
        Assert.Equal(Own.Ceilings, merged.Ceilings);
        Assert.Equal([.. Own.Rows, .. Peers.Rows], merged.Rows);
        Assert.Equal(Own.Checks, merged.Checks);
        Assert.Equal(["ceilings: no result"], merged.Notes);
    }

    [Fact]
    public void A_damaged_part_is_one_sentence()
    {
        string path = Path.Combine(_folder.FullName, "kernels.json");
        File.WriteAllText(path, "{ \"rows\": [ {");
        Assert.Contains("is no file of results", Assert.Throws<PixelNetException>(() => ResultFile.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_has_rates_floors_and_ratios()
    {
        string table = ResultTable.Of(Merged());
        string row = Assert.Single(table.Split('\n'), line => line.StartsWith("| gather A forward | 5x224x224 | fp32 | hypercolumn_forward_v4 * |", StringComparison.Ordinal));
        string[] cells = [.. row.Split('|', StringSplitOptions.TrimEntries)[1..^1]];
        // 60 us for 0.1 GFLOP, 100 MB and 250 MB of L2: 1.67 TFLOP/s, 1667 GB/s; floor 50 us by the L2.
        Assert.Equal(["60.0", "59.0", "1.7", "0.100", "100.0", "250.0", "1.667", "1667", "50.0", "83", "l2", "eager grid_sample", "720.0", "12.00", "4.2E-8", "yes"], cells[4..]);
        Assert.Contains("| gather A forward | fp32 | hypercolumn_forward_v4 | 60.0 | eager grid_sample | 720.0 | **12.00** | 10.00 | yes |", table, StringComparison.Ordinal);
        Assert.Contains("targets: met 1, missed 0, not measured", table, StringComparison.Ordinal);
        Assert.Contains("| step deck | fp32 | own | 5120 | 0.0500 | 3.3 |", table, StringComparison.Ordinal);
        Assert.Contains("checks: 1 of 2 passed\nFAILED training fp32: the losses of run 2 differ", table, StringComparison.Ordinal);
        Assert.Contains("| L2 read | 5000 GB/s |", table, StringComparison.Ordinal);
        Assert.Contains("| mma.sync bf16 | not measured |", table, StringComparison.Ordinal);
    }

    /// <summary>Every line of a table has as many cells as its head.</summary>
    [Fact]
    public void Tables_are_rectangular()
    {
        int columns = 0;
        foreach (string line in ResultTable.Of(Merged()).Split('\n'))
        {
            int cells = line.StartsWith('|') ? line.Count(c => c == '|') : 0;
            if (cells > 0 && columns > 0) Assert.Equal(columns, cells);
            columns = cells;
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private ResultFile Merged() => Own with { Peers = Peers.Peers, Rows = [.. Own.Rows, .. Peers.Rows] };
}
