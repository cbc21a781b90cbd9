using PixelNet.Native.KernelCompiler;

namespace PixelNet.Native.Ptx.Tests;

/// <summary>The kernel compiler's own reckoning; what it does with NVRTC is in <see cref="RecompileTests"/>.</summary>
public class KernelCompilerTests
{
    // By NVIDIA's occupancy calculator: registers come in units of 256 a warp from a quarter of the file, blocks in fours of warps, 1 KiB of shared memory is the system's.
    [Theory]
    [InlineData(80, 256, 32, 0, 1)]
    [InlineData(80, 256, 33, 0, 0.75)]
    [InlineData(80, 256, 64, 0, 0.5)]
    [InlineData(80, 256, 255, 0, 0.125)]
    [InlineData(80, 1024, 33, 0, 0.5)]
    [InlineData(80, 32, 16, 0, 0.5)]
    [InlineData(80, 256, 32, 48 << 10, 0.375)]
    [InlineData(90, 256, 32, 48 << 10, 0.5)]
    [InlineData(90, 128, 168, 0, 0.1875)]
    [InlineData(80, 128, 64, 40_960, 0.25)]
    public void TheoreticalOccupancy(int architecture, int threads, int registers, int shared, double expected) =>
        Assert.Equal(expected, Occupancy.Of(architecture, threads, new EntryResources(registers, shared, 0, 0)));

    private const string Source = """
        // target compute_70
        // y = 2 x | twice.
        //
        // A thread an element; rows coalesced.

        // Two a thread, a .. b. Needs an even count.
        extern "C" __global__ void twice_forward_v2(float* y) { }
        extern "C" __global__ void __launch_bounds__(64) twice_forward_v1(float* y) { }
        """;

    [Theory]
    [InlineData("twice_forward_v2", "Two a thread, a .. b")]
    [InlineData("twice_forward_v1", "A thread an element; rows coalesced")]
    public void TheIdeaIsTheCommentAboveTheEntryElseTheEndOfTheHead(string entry, string idea) => Assert.Equal(idea, KernelTable.Idea(Source.ReplaceLineEndings("\n"), entry));

    [Fact]
    public void AHeadOfOneParagraphDoesNotBeginWithTheTarget() =>
        Assert.Equal("y = 2 x \\| twice", KernelTable.Idea("// target compute_70\n// y = 2 x | twice.\nextern \"C\" __global__ void twice_forward_v1(float* y) { }\n", "twice_forward_v1"));
}
