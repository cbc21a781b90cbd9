using System.Runtime.InteropServices;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.KernelBench.Results;

namespace PixelNet.Native.KernelBench.Measurement;

/// <summary>Measures the machine's ceilings by the kernels of <c>kernels/probe/</c>.</summary>
internal static class CeilingProbes
{
    private const long MostCopyBytes = 4L << 30, PinnedBytes = 256L << 20;
    private const int BlocksOfAnSm = 8, Rounds = 2048;

    /// <summary>Measures those that the device can do.</summary>
    /// <param name="driver">A device with a clock.</param>
    /// <param name="note">Hears in one sentence of what could not be measured.</param>
    public static Ceilings Measure(ICudaDriver driver, Action<string> note)
    {
        nint stream = driver.CreateStream();
        using var launcher = new KernelLauncher(driver, stream);
        var clock = new StreamClock(driver, stream);
        int blocks = BlocksOfAnSm * driver.GetAttribute(CudaDeviceAttribute.MultiprocessorCount);
        try
        {
            return new Ceilings
            {
                CopyGbPerSecond = Try("copy", () => Copy(driver, launcher, clock, blocks)),
                L2GbPerSecond = Try("L2", () => L2(driver, launcher, clock, blocks)),
                FfmaTflops = Try("FFMA", () => Register(driver, clock, blocks, y => launcher.Launch(ProbeKernels.Ffma, blocks, y, Rounds, 0.999f, 0.001f), ProbeKernels.FfmaFlops * ProbeKernels.Threads * (double)blocks * Rounds)),
                MmaTf32Tflops = Try("mma.sync tf32", () => Register(driver, clock, blocks, y => launcher.Launch(ProbeKernels.MmaTf32, blocks, y, Rounds), ProbeKernels.MmaTf32Flops * (ProbeKernels.Threads / 32) * (double)blocks * Rounds)),
                MmaBf16Tflops = Try("mma.sync bf16", () => Register(driver, clock, blocks, y => launcher.Launch(ProbeKernels.MmaBf16, blocks, y, Rounds), ProbeKernels.MmaBf16Flops * (ProbeKernels.Threads / 32) * (double)blocks * Rounds)),
                LaunchUs = Try("launch", () => clock.Measure([() => launcher.Launch(ProbeKernels.Empty, 1, 0)]).MedianUs),
                PinnedGbPerSecond = Try("pinned copy", () => Pinned(driver, stream)),
            };
        }
        finally
        {
            driver.DestroyStream(stream);
        }

        double? Try(string what, Func<double> measure)
        {
            try
            {
                return measure();
            }
            catch (Exception e) when (e is PixelNetException or InsufficientMemoryException)
            {
                note($"ceiling {what} not measured: {e.Message}");
                return null;
            }
        }
    }

    /// <summary>Runs each probe kernel once, small, and looks at what it leaves: for a device without a clock.</summary>
    public static IEnumerable<CheckRecord> Check(ICudaDriver driver)
    {
        const int count = 8192;
        nint stream = driver.CreateStream();
        using var launcher = new KernelLauncher(driver, stream);
        ulong x = driver.Allocate(count * sizeof(float)), y = driver.Allocate(count * sizeof(float));
        float[] ones = [.. Enumerable.Repeat(1f, count)];
        driver.CopyToDevice(x, MemoryMarshal.AsBytes<float>(ones), stream);
        yield return Run(ProbeKernels.Copy, () => launcher.Launch(ProbeKernels.Copy, 2, y, x, (long)count), count, value => value == 1);
        // Every thread of a block adds 4 x 4 numbers of each of two tiles.
        yield return Run(ProbeKernels.L2Read, () => launcher.Launch(ProbeKernels.L2Read, 1, y, x, count, 1), ProbeKernels.Threads, value => value == 32);
        yield return Run(ProbeKernels.Ffma, () => launcher.Launch(ProbeKernels.Ffma, 1, y, 1, 0.5f, 0.5f), ProbeKernels.Threads, value => value is > 15 and < 17);
        yield return Run(ProbeKernels.Empty, () => launcher.Launch(ProbeKernels.Empty, 1, 0), 0, _ => true);
        yield return Run(ProbeKernels.MmaTf32, () => launcher.Launch(ProbeKernels.MmaTf32, 1, y, 1), ProbeKernels.Threads, float.IsFinite);
        yield return Run(ProbeKernels.MmaBf16, () => launcher.Launch(ProbeKernels.MmaBf16, 1, y, 1), ProbeKernels.Threads, float.IsFinite);
        driver.Free(x);
        driver.Free(y);
        driver.DestroyStream(stream);

        CheckRecord Run(KernelEntry<int> kernel, Action launch, int results, Func<float, bool> isRight)
        {
            driver.SetBytes(y, 0xFF, count * sizeof(float), stream);
            launch();
            var values = new float[results];
            driver.CopyToHost(MemoryMarshal.AsBytes(values.AsSpan()), y, stream);
            int wrong = Array.FindIndex(values, value => !isRight(value));
            return new(kernel.Name, wrong < 0, wrong < 0 ? $"{results} results" : $"result {wrong} is {values[wrong]}");
        }
    }

    private static double Copy(ICudaDriver driver, KernelLauncher launcher, StreamClock clock, int blocks)
    {
        long bytes = Math.Min(MostCopyBytes, driver.GetMemory().Free / 3) / 4096 * 4096;
        return WithMemory(driver, 2 * bytes, memory =>
            2 * bytes / clock.Measure([() => launcher.Launch(ProbeKernels.Copy, blocks, memory + (ulong)bytes, memory, bytes / sizeof(float))]).MedianUs / 1e3);
    }

    private static double L2(ICudaDriver driver, KernelLauncher launcher, StreamClock clock, int blocks)
    {
        // 24 MB on an H200, less where the L2 is smaller; every block reads all of it.
        const int L2Rounds = 2;
        int count = (int)(Math.Min(24_000_000, driver.GetAttribute(CudaDeviceAttribute.L2CacheSize) / 2) / sizeof(float) / 4096 * 4096);
        return WithMemory(driver, (count + (long)blocks * ProbeKernels.Threads) * sizeof(float), memory =>
            (double)count * sizeof(float) * blocks * L2Rounds / clock.Measure([() => launcher.Launch(ProbeKernels.L2Read, blocks, memory + (ulong)count * sizeof(float), memory, count, L2Rounds)]).MedianUs / 1e3);
    }

    private static double Register(ICudaDriver driver, StreamClock clock, int blocks, Action<ulong> launch, double flop) =>
        WithMemory(driver, (long)blocks * ProbeKernels.Threads * sizeof(float), memory => flop / clock.Measure([() => launch(memory)]).MedianUs / 1e6);

    private static double Pinned(ICudaDriver driver, nint stream)
    {
        nint host = driver.AllocateHost(PinnedBytes), start = driver.CreateEvent(), end = driver.CreateEvent();
        try
        {
            return WithMemory(driver, PinnedBytes, memory => PinnedBytes / 1e6 / Enumerable.Range(0, StreamClock.Samples + 1).Select(_ =>
            {
                driver.RecordEvent(start, stream);
                driver.CopyPinnedToDevice(memory, host, PinnedBytes, stream);
                driver.RecordEvent(end, stream);
                driver.SynchronizeEvent(end);
                return (double)driver.GetElapsedMilliseconds(start, end);
            }).Skip(1).Order().ElementAt(StreamClock.Samples / 2));
        }
        finally
        {
            driver.DestroyEvent(start);
            driver.DestroyEvent(end);
            driver.FreeHost(host);
        }
    }

    private static double WithMemory(ICudaDriver driver, long bytes, Func<ulong, double> use)
    {
        ulong memory = driver.Allocate(bytes);
        try
        {
            driver.SetBytes(memory, 0x3C, bytes, 0);
            driver.Synchronize();
            return use(memory);
        }
        finally
        {
            driver.Free(memory);
        }
    }
}
