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
            Peers = "PyTorch 2.6",
            Checks = [new("a", true, ""), new("b", true, "")],
            Rows =
            [
                new() { Id = "gather A backward", Precision = "fp32", Impl = "hypercolumn_backward_v3", IsDefault = true, Timing = new(50, 49, 1, 11, 400) },
                new() { Id = "gather A backward", Precision = "fp32", Impl = "eager grid_sample", IsPeer = true, Timing = new(500, 490, 1, 11, 40) },
            ],
        }.Write(Path.Combine(folder, "results.json"));
        string page = ReadmeSection.Fill(Page, _results.FullName);
        Assert.Contains("On Example GPU (driver for CUDA 12.4, cuDNN not there; PyTorch 2.6), commit 0123456 ([all rows](benchmarks/results/example-gpu/results.md)):", page, StringComparison.Ordinal);
        Assert.Contains("| gather A backward | fp32 | hypercolumn_backward_v3 | 50.0 | eager grid_sample | 500.0 | **10.00** | 12.00 | no |", page, StringComparison.Ordinal);
        Assert.Contains("targets: met 0, missed 1, not measured", page, StringComparison.Ordinal);
        Assert.Contains("checks: 2 of 2 passed", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Not run on hardware", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_page_without_the_section_stays_as_it_is() => Assert.Equal("text\n", ReadmeSection.Fill("text\n", _results.FullName));

    public void Dispose() => _results.Delete(recursive: true);
}
