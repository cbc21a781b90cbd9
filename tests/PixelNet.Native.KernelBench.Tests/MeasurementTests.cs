using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.KernelBench.Measurement;
using Xunit;

namespace PixelNet.Native.KernelBench.Tests;

/// <summary>Statistics, the clock over graphs, ceilings and floors, on a device whose times are known.</summary>
public sealed class MeasurementTests
{
    [Theory]
    [InlineData(new[] { 5.0 }, 5, 5, 0)]
    [InlineData(new[] { 4.0, 1, 3, 2 }, 2.5, 1, 1.5)]
    [InlineData(new[] { 11.0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, 6, 1, 5)]
    public void Median_minimum_and_quartiles(double[] samples, double median, double min, double iqr)
    {
        var timing = Timing.Of(samples, 7);
        Assert.Equal((median, min, iqr, samples.Length, 7), (timing.MedianUs, timing.MinUs, timing.IqrUs, timing.Samples, timing.Calls));
    }

    /// <summary>A kernel of 3 us: 11 samples of at least 20 ms, in graphs, and the time of one call.</summary>
    [Fact]
    public void A_short_kernel_is_called_often_enough()
    {
        using var driver = new FakeClockDriver((_, _) => 0.003);
        var timing = Measure(driver, sets: 3);
        Assert.Equal(3, timing.MedianUs, 1e-3);
        Assert.Equal(StreamClock.Samples, timing.Samples);
        Assert.True(timing.Calls * 0.003 >= StreamClock.SampleMilliseconds, $"{timing.Calls} calls are no 20 ms");
        Assert.True(timing.Calls * 0.003 < 2 * StreamClock.SampleMilliseconds, $"{timing.Calls} calls are too many");
        Assert.Equal(0, timing.Calls % 3);
        Assert.Equal("captured", driver.Calls[0]);
    }

    /// <summary>A kernel of 300 ms: one call a sample, and few of them.</summary>
    [Fact]
    public void A_long_kernel_is_not_measured_for_ever()
    {
        using var driver = new FakeClockDriver((_, _) => 300);
        var timing = Measure(driver, sets: 1);
        Assert.Equal((300_000, StreamClock.FewSamples, 1), (timing.MedianUs, timing.Samples, timing.Calls));
        Assert.True(driver.Calls.Count(call => call == "replayed") <= 4);
    }

    /// <summary>Noise of one sample in three moves the quartile, not the median.</summary>
    [Fact]
    public void Noise_is_seen_in_the_quartiles()
    {
        using var driver = new FakeClockDriver((_, _) => 10) { Noise = [0, 0, 6] };
        var timing = Measure(driver, sets: 1);
        Assert.Equal(10_000, timing.MedianUs, 1);
        Assert.InRange(timing.IqrUs, 1000, 4000);
    }

    /// <summary>Probes whose duration follows from a known rate give that rate back.</summary>
    [Fact]
    public void Ceilings_are_the_rates_of_the_machine()
    {
        const double copy = 3000, l2 = 5000, ffma = 50, tf32 = 300, bf16 = 600, pinned = 25;
        const int rounds = 2048, blocks = 32;
        double flops = ProbeKernels.FfmaFlops * 256.0 * blocks * rounds, warps = 8.0 * blocks * rounds;
        long copied = Math.Min(4L << 30, (1L << 34) / 3) / 4096 * 4096, read = (8 << 20) / 2 / 4 / 4096 * 4096 * 4L;
        using var driver = new FakeClockDriver((kernel, _) => kernel switch
        {
            "probe_copy_v1" => 2 * copied / (copy * 1e6),
            "probe_l2_read_v1" => read * blocks * 2 / (l2 * 1e6),
            "probe_ffma_v1" => flops / (ffma * 1e9),
            "probe_mma_tf32_v1" => ProbeKernels.MmaTf32Flops * warps / (tf32 * 1e9),
            "probe_mma_bf16_v1" => ProbeKernels.MmaBf16Flops * warps / (bf16 * 1e9),
            "probe_empty_v1" => 0.0022,
            _ => throw new InvalidOperationException(kernel),
        })
        { PinnedCost = bytes => bytes / (pinned * 1e6) };
        var measured = CeilingProbes.Measure(driver, note => Assert.Fail(note));
        Assert.Equal(copy, measured.CopyGbPerSecond!.Value, 1);
        Assert.Equal(l2, measured.L2GbPerSecond!.Value, 1);
        Assert.Equal(ffma, measured.FfmaTflops!.Value, 0.1);
        Assert.Equal(tf32, measured.MmaTf32Tflops!.Value, 0.1);
        Assert.Equal(bf16, measured.MmaBf16Tflops!.Value, 0.1);
        Assert.Equal(2.2, measured.LaunchUs!.Value, 0.01);
        Assert.Equal(pinned, measured.PinnedGbPerSecond!.Value, 0.1);
    }

    [Fact]
    public void Floor_is_the_slowest_of_what_is_needed()
    {
        var ceilings = new Ceilings { CopyGbPerSecond = 1000, L2GbPerSecond = 4000, FfmaTflops = 50, MmaTf32Tflops = 200, LaunchUs = 2 };
        Assert.Equal((100, "dram"), ceilings.Floor(new(1e6, 1e8), tf32: false));
        Assert.Equal((200, "flop"), ceilings.Floor(new(1e10, 1e8), tf32: false));
        Assert.Equal((100, "dram"), ceilings.Floor(new(1e10, 1e8), tf32: true));
        Assert.Equal((500, "l2"), ceilings.Floor(new(1e6, 1e8, 2e9), tf32: false));
        Assert.Equal((2, "launch"), ceilings.Floor(new(10, 10), tf32: false));
        Assert.Null((ceilings with { FfmaTflops = null }).Floor(new(1e6, 1e8), tf32: false));
        Assert.NotNull((ceilings with { FfmaTflops = null }).Floor(new(0, 1e8), tf32: false));
    }

    private static Timing Measure(FakeClockDriver driver, int sets)
    {
        nint stream = driver.CreateStream();
        using var launcher = new KernelLauncher(driver, stream);
        return new StreamClock(driver, stream).Measure([.. Enumerable.Repeat<Action>(() => launcher.Launch(ProbeKernels.Empty, 1, 0), sets)]);
    }
}
