using PixelNet.Native.KernelBench.Results;
using Xunit;

namespace PixelNet.Native.KernelBench.Tests;

public sealed class ReadmeSectionTests : IDisposable
{
    private const string Page = "before\n<!-- gpu results -->\nold\n<!-- end -->\nafter\n";
    private readonly DirectoryInfo _results = Directory.CreateTempSubdirectory("readme-section-");

    [Fact]
    public void Without_results_it_says_that_nothing_was_run()
    {
        string page = ReadmeSection.Fill(Page, _results.FullName);
        Assert.StartsWith("before\n<!-- gpu results -->\n**Not run on hardware.**", page, StringComparison.Ordinal);
        Assert.EndsWith("<!-- end -->\nafter\n", page, StringComparison.Ordinal);
        Assert.DoesNotContain("old", page, StringComparison.Ordinal);
        Assert.Equal(page, ReadmeSection.Fill(page, _results.FullName));
    }

    [Fact]
    public void With_results_it_holds_their_targets_device_and_commit()
    {
        string folder = _results.CreateSubdirectory("example-gpu").FullName;
        new ResultFile
        {
            Device = new("Example GPU", "8.0", "12.4", 1L << 34, 40 << 20, 108, "0123456789abcdef", "0.1.0"),
            Peers = "PyTorch 2.6 on Example GPU, channels_last",
            Checks = [new("a", true, ""), new("b", true, "")],
            Rows =
            [
                new() { Id = "gather A backward", Precision = "fp32", Impl = "hypercolumn_backward_v3", IsDefault = true, Timing = new(50, 49, 1, 11, 400) },
                new() { Id = "gather A backward", Precision = "fp32", Impl = "eager grid_sample", IsPeer = true, Timing = new(500, 490, 1, 11, 40) },
                new() { Id = "conv3_2 forward", Precision = "fp32", Impl = "conv2d_forward_v3", IsDefault = true, Timing = new(50, 49, 1, 11, 400) },
                new() { Id = "conv3_2 forward", Precision = "fp32", Impl = "cuDNN", Timing = new(20, 19, 1, 11, 400) },
                new() { Id = "conv5_2 forward", Precision = "fp32", Impl = "conv2d_forward_v3", IsDefault = true, Timing = new(50, 49, 1, 11, 400) },
                new() { Id = "conv5_2 forward", Precision = "fp32", Impl = "cuDNN", Timing = new(10, 9, 1, 11, 400) },
                new() { Id = "step deck", Precision = "fp32", Impl = "own", IsDefault = true, Timing = new(100_000, 99_000, 1, 11, 1), ProjectedHours = 6.5 },
                new() { Id = "step deck", Precision = "fp32", Impl = "eager", IsPeer = true, Timing = new(90_000, 89_000, 1, 11, 1) },
            ],
        }.Write(Path.Combine(folder, "results.json"));
        string page = ReadmeSection.Fill(Page, _results.FullName);
        Assert.Contains("On Example GPU (driver for CUDA 12.4, cuDNN not there, cuBLAS not there; PyTorch 2.6), commit 0123456; 2 of 2 checks passed. [All rows](benchmarks/results/example-gpu/results.md).", page, StringComparison.Ordinal);
        Assert.Contains("| gather A backward, fp32: own kernels against PyTorch eager grid_sample | 12.00 | **10.00** (50.0 us, 500.0 us) | **no** |", page, StringComparison.Ordinal);
        // Of several together the worst.
        Assert.Contains("| own convolutions: own kernels against cuDNN | 0.25 | **0.20**, conv5_2 forward fp32 (50.0 us, 10.0 us) | **no**, 1 of 18 |", page, StringComparison.Ordinal);
        Assert.Contains("| step deck, fp32 | 0.1000 (6.5 h) | - | - | 0.0900 |", page, StringComparison.Ordinal);
        Assert.Contains("targets: met 1, missed 2, not measured", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Not run on hardware", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_page_without_the_section_stays_as_it_is() => Assert.Equal("text\n", ReadmeSection.Fill("text\n", _results.FullName));

    public void Dispose() => _results.Delete(recursive: true);
}
