using System.Diagnostics;
using System.Runtime.Intrinsics;
using PixelNet.Native.Backends.Cpu;
using Xunit;

namespace PixelNet.Native.Backends.Tests.Cpu;

/// <summary>
/// Runs the quick tests of this project again in child processes whose runtime is told that the machine has fewer vector
/// instructions, so that the whole CPU backend, not its products alone, is tested at every level below this machine's own.
/// </summary>
public sealed class LevelProcessTests
{
    private const string ExpectedLevel = "PIXELNET_TEST_LEVEL";

    [Theory]
    [InlineData("avx2", "DOTNET_EnableAVX512")]
    [InlineData("simd128", "DOTNET_EnableAVX2")]
    [InlineData("scalar", "DOTNET_EnableHWIntrinsic")]
    [Trait("Category", "All")]
    public async Task Quick_tests_pass_at_the_lower_level(string level, string switchedOff)
    {
        int own = Array.IndexOf(MicroKernel.Levels, MicroKernel.BestLevel), wanted = Array.IndexOf(MicroKernel.Levels, level);
        Assert.SkipUnless(wanted > own, $"this machine's level is {MicroKernel.BestLevel}, which is not above {level}");
        Assert.SkipUnless(level == "scalar" || Vector256.IsHardwareAccelerated, $"there is no switch for {level} on this processor");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["exec", typeof(LevelProcessTests).Assembly.Location, "-trait-", "Category=All", "-namespace-", "PixelNet.Native.Backends.Tests.Cuda", "-noColor"])
            start.ArgumentList.Add(argument);
        start.Environment[switchedOff] = "0";
        start.Environment[ExpectedLevel] = level;
        using var process = Process.Start(start)!;
        var cancellation = TestContext.Current.CancellationToken;
        var error = process.StandardError.ReadToEndAsync(cancellation);
        string output = await process.StandardOutput.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        Assert.True(process.ExitCode == 0, $"at level {level}:\n{output}\n{await error}");
        Assert.Contains("Failed: 0", output);
    }

    [Fact]
    public void The_processor_has_the_vectors_that_this_process_uses()
    {
        Assert.True(Array.IndexOf(MicroKernel.Levels, MicroKernel.ProcessorLevel) <= Array.IndexOf(MicroKernel.Levels, MicroKernel.BestLevel), $"{MicroKernel.ProcessorLevel} is below {MicroKernel.BestLevel}");
        Assert.Null(CpuBackend.MissedLevel); // no build ahead of time
    }

    [Fact]
    public void Backend_names_the_level_that_this_process_was_started_for()
    {
        using var backend = new CpuBackend(1);
        Assert.Equal(Environment.GetEnvironmentVariable(ExpectedLevel) ?? MicroKernel.BestLevel, backend.Level);
    }
}
