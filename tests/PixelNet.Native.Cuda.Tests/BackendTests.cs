using PixelNet.Native.Backends;
using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Tensors;
using Xunit;

namespace PixelNet.Native.Cuda.Tests;

/// <summary>The backend beside its ops: names, choice of kernels, memory, and arguments that do not fit.</summary>
public sealed class BackendTests
{
    [Fact]
    public void Name_and_level_say_what_results_depend_on()
    {
        using var backend = new CudaBackend(new EmulatedCudaDriver());
        using var tf32 = new CudaBackend(new EmulatedCudaDriver(), new() { Precision = Precision.Tf32 });
        Assert.Equal(("emulator", "ptx"), (backend.Name, backend.Level));
        Assert.Equal("ptx tf32", tf32.Level);
    }

    [Fact]
    public void Kernel_that_is_not_there_is_named_with_those_that_are()
    {
        using var driver = new EmulatedCudaDriver();
        var failure = Assert.Throws<PixelNetException>(() => new CudaBackend(driver, new() { Kernels = ["hypercolumn_forward_v9"] }));
        Assert.Contains("hypercolumn_forward_v9", failure.Message, StringComparison.Ordinal);
        Assert.Contains("hypercolumn_forward_v1", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Named_kernel_is_the_one_that_runs()
    {
        var launched = new List<string>();
        using var backend = new CudaBackend(new EmulatedCudaDriver(new() { Launched = report => launched.Add(report.Kernel) }), new() { Kernels = ["hypercolumn_forward_v1"] });
        using var x = Memory(backend, new Shape(1, 2));
        using var map = Memory(backend, new Shape(1, 1, 1, 2));
        using var samples = Memory(backend, new Shape(1, 3), ElementType.Int32);
        backend.HypercolumnForward(x.Tensor, [map.Tensor], samples.Tensor, null, null, [new HypercolumnLevel(1, 1, 1, 2, 1, 0)], 1);
        Assert.Equal(["hypercolumn_forward_v1"], launched);
    }

    [Fact]
    public void Memory_starts_as_zeros_and_goes_back()
    {
        var driver = new EmulatedCudaDriver();
        using var backend = new CudaBackend(driver);
        long free = driver.GetMemory().Free;
        using (var tensor = Memory(backend, new Shape(100)))
        {
            var bytes = new byte[400];
            bytes.AsSpan().Fill(1);
            backend.Download(bytes, tensor.Tensor);
            Assert.All(bytes, value => Assert.Equal(0, value));
        }
        Assert.Equal(free, driver.GetMemory().Free);
        Assert.Throws<InsufficientMemoryException>(() => backend.Allocate(1L << 50));
    }

    [Fact]
    public void Tensors_that_do_not_fit_are_named()
    {
        using var backend = new CudaBackend(new EmulatedCudaDriver());
        using var small = Memory(backend, new Shape(8));
        using var integers = Memory(backend, new Shape(64), ElementType.Int32);
        using var bytes = Memory(backend, new Shape(64), ElementType.UInt8);
        var sizes = new MaxPool2dSizes(1, 4, 4, 4);
        Assert.Contains("'small'", Assert.Throws<ArgumentException>(() => backend.MaxPool2dForward(small.Tensor, bytes.Tensor, small.Tensor, sizes)).Message, StringComparison.Ordinal);
        Assert.Contains("Int32", Assert.Throws<ArgumentException>(() => backend.MaxPool2dForward(integers.Tensor, bytes.Tensor, small.Tensor, sizes)).Message, StringComparison.Ordinal);
        using var host = new CpuBackend(1);
        var elsewhere = Tensor.Allocate(host, "elsewhere", new Shape(8));
        Assert.Contains("'elsewhere' does not lie in device memory", Assert.Throws<ArgumentException>(() => backend.Fill(elsewhere, 0)).Message, StringComparison.Ordinal);
        elsewhere.Buffer.Dispose();
    }

    /// <summary>An optimiser's segments go to the device when they change, and not in every step.</summary>
    [Fact]
    public void Segments_are_uploaded_once()
    {
        var driver = new EmulatedCudaDriver();
        using var backend = new CudaBackend(driver);
        using var w = Memory(backend, new Shape(64));
        using var state = Memory(backend, new Shape(StepState.ByteLength), ElementType.UInt8);
        void Update(params ParameterSegment[] segments) => backend.SgdMomentumUpdate(w.Tensor, w.Tensor, w.Tensor, segments, new(0.9f, 0), state.Tensor);
        long before = driver.CopiesToDevice;
        for (int step = 0; step < 3; step++) Update(new(0, 10, 1, 1), new(10, 7, 2, 0));
        Assert.Equal(before + 1, driver.CopiesToDevice);
        Update(new ParameterSegment(0, 10, 1, 1));
        Assert.Equal(before + 2, driver.CopiesToDevice);
    }

    private static OwnTensor Memory(CudaBackend backend, Shape shape, ElementType type = ElementType.Float32, string name = "small") =>
        new(Tensor.Allocate(backend, name, shape, type));

    private sealed record OwnTensor(Tensor Tensor) : IDisposable
    {
        public void Dispose() => Tensor.Buffer.Dispose();
    }
}
