using System.Runtime.InteropServices;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.Ptx;
using PixelNet.Native.Ptx.Tracing;
using Xunit;

namespace PixelNet.Native.Cuda.Tests;

/// <summary>The emulated driver: what it does, and the one sentence that it says when something is wrong.</summary>
public sealed class DriverTests : IDisposable
{
    // y[i] = value for i < count, a thread an element.
    private static readonly KernelImage Fill = KernelImages.Of("fill_forward_v1");

    private readonly EmulatedCudaDriver _driver = new(new() { Observers = Observers.All });

    public void Dispose() => _driver.Dispose();

    [Fact]
    public void Launch_runs_the_kernel_of_the_module_and_counts_it()
    {
        var reports = new List<LaunchReport>();
        using var driver = new EmulatedCudaDriver(new() { Observers = Observers.Counters, Launched = reports.Add });
        nint fill = driver.GetFunction(driver.LoadModule(Fill), "fill_forward_v1");
        ulong y = driver.Allocate(40);
        driver.Launch(fill, 2, 32, 0, 0, Block(y, 10, 1.5f));
        Assert.Equal(Enumerable.Repeat(1.5f, 10), Read(driver, y, 10));
        Assert.Equal((1, 2L), (driver.Launches, reports.Single().Counters[0].Executions));
        Assert.Equal(driver.Instructions, reports.Single().Instructions);
        Assert.Empty(driver.Findings);
    }

    [Fact]
    public void Memory_is_accounted_for()
    {
        var (free, total) = _driver.GetMemory();
        Assert.Equal(total, free);
        ulong address = _driver.Allocate(1000);
        Assert.Equal(total - 1000, _driver.GetMemory().Free);
        _driver.Free(address);
        Assert.Equal(total, _driver.GetMemory().Free);
        Assert.Throws<CudaException>(() => _driver.Free(address));
        Assert.Throws<InsufficientMemoryException>(() => _driver.Allocate(total + 1));
    }

    [Fact]
    public void Bytes_and_words_are_set_and_copied()
    {
        ulong address = _driver.Allocate(300_000);
        _driver.SetWords(address, 0xAABBCCDD, 75_000, 0);
        _driver.SetBytes(address + 4, 0x11, 3, 0);
        var words = new uint[75_000];
        _driver.CopyToHost(MemoryMarshal.AsBytes(words.AsSpan()), address, 0);
        Assert.Equal([0xAABBCCDDu, 0xAA111111u, 0xAABBCCDDu], words[..3]);
        Assert.Equal(0xAABBCCDDu, words[^1]);
    }

    [Fact]
    public void Module_that_is_no_ptx_is_named_with_its_line()
    {
        var failure = Assert.Throws<CudaException>(() => _driver.LoadModule(new KernelImage("wrong", ".version 7.8\n.target sm_80\n.address_size 64\n.nonsense")));
        Assert.Contains("wrong", failure.Message, StringComparison.Ordinal);
        Assert.Contains("line 4", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_function_names_those_that_there_are() =>
        Assert.Contains("fill_forward_v1", Assert.Throws<CudaException>(() => _driver.GetFunction(_driver.LoadModule(Fill), "filll")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(0, 32, 0)]
    [InlineData(1, 2048, 0)]
    [InlineData(1, 32, 1 << 20)]
    public void Launch_shape_beyond_the_device_is_refused(int grid, int block, int shared)
    {
        nint fill = _driver.GetFunction(_driver.LoadModule(Fill), "fill_forward_v1");
        Assert.Throws<CudaException>(() => _driver.Launch(fill, grid, block, shared, 0, Block(_driver.Allocate(4), 1, 0)));
        Assert.Equal(0, _driver.Launches);
    }

    /// <summary>Without observers the first wrong access ends the launch, as on a GPU.</summary>
    [Fact]
    public void Kernel_that_leaves_its_memory_fails_with_kernel_and_source_line()
    {
        using var driver = new EmulatedCudaDriver();
        nint fill = driver.GetFunction(driver.LoadModule(Fill), "fill_forward_v1");
        var failure = Assert.Throws<CudaException>(() => driver.Launch(fill, 1, 32, 0, 0, Block(driver.Allocate(16), 10, 0)));
        Assert.Contains("out-of-bounds in fill_forward_v1, .cu line", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Observers_turn_wrong_accesses_into_findings_and_go_on()
    {
        nint fill = _driver.GetFunction(_driver.LoadModule(Fill), "fill_forward_v1");
        ulong y = _driver.Allocate(16);
        _driver.Launch(fill, 1, 32, 0, 0, Block(y, 10, 2));
        Assert.Equal(FindingKind.OutOfBounds, _driver.Findings.Single().Kind);
        Assert.Equal([2f, 2f, 2f, 2f], Read(_driver, y, 4));
    }

    [Fact]
    public void Kernel_that_never_ends_is_given_up()
    {
        const string Endless = ".version 7.8\n.target sm_70\n.address_size 64\n.visible .entry endless()\n{\nL:\n bra L;\n}\n";
        using var driver = new EmulatedCudaDriver(new() { InstructionLimit = 1000 });
        nint function = driver.GetFunction(driver.LoadModule(new KernelImage("endless", Endless)), "endless");
        Assert.Contains("instruction-limit", Assert.Throws<CudaException>(() => driver.Launch(function, 1, 32, 0, 0, [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Handles_that_were_never_given_out_or_are_gone_are_refused()
    {
        nint module = _driver.LoadModule(Fill), fill = _driver.GetFunction(module, "fill_forward_v1"), stream = _driver.CreateStream(), cudaEvent = _driver.CreateEvent();
        ulong y = _driver.Allocate(4);
        _driver.Launch(fill, 1, 32, 0, stream, Block(y, 1, 0));
        _driver.RecordEvent(cudaEvent, stream);
        _driver.WaitForEvent(0, cudaEvent);
        _driver.SynchronizeEvent(cudaEvent);
        _driver.DestroyEvent(cudaEvent);
        _driver.DestroyStream(stream);
        Assert.Throws<CudaException>(() => _driver.RecordEvent(cudaEvent, 0));
        Assert.Throws<CudaException>(() => _driver.Launch(fill, 1, 32, 0, stream, Block(y, 1, 0)));
        Assert.Throws<CudaException>(() => _driver.Launch(-1, 1, 32, 0, 0, []));
        Assert.Throws<CudaException>(() => _driver.CopyToDevice(y + 4, [1], 0));
        Assert.Throws<CudaException>(() => _driver.CopyToHost(new byte[5], y, 0));
        Assert.Throws<CudaException>(() => _driver.SetBytes(y, 0, 5, 0));
        _driver.UnloadModule(module);
        Assert.Throws<CudaException>(() => _driver.GetFunction(module, "fill_forward_v1"));
    }

    /// <summary>Results of the emulator are verdicts and counters, never times.</summary>
    [Fact]
    public void Emulator_has_no_clock() => Assert.Throws<CudaException>(() => _driver.GetElapsedMilliseconds(_driver.CreateEvent(), _driver.CreateEvent()));

    private static float[] Read(EmulatedCudaDriver driver, ulong address, int count)
    {
        var values = new float[count];
        driver.CopyToHost(MemoryMarshal.AsBytes(values.AsSpan()), address, 0);
        return values;
    }

    private static byte[] Block(ulong y, long count, float value) => [.. BitConverter.GetBytes(y), .. BitConverter.GetBytes(count), .. BitConverter.GetBytes(value)];
}
