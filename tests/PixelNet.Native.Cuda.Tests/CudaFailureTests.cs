using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.Cuda.Tests.Stubs;
using PixelNet.Native.Tensors;
using Xunit;

namespace PixelNet.Native.Cuda.Tests;

/// <summary>What is missing before a GPU can be used, and what a driver refuses: one sentence each, that names the one thing.</summary>
[Collection(CudaStub.Collection)]
public sealed class CudaFailureTests
{
    private readonly NativeStub _stub = CudaStub.Fresh();

    [Theory]
    [InlineData("devices", 0, "finds no GPU in this machine")]
    [InlineData("driver_version", 11040, "supports CUDA 11.4 and the kernels (PTX 7.8) need 11.8; install NVIDIA's display driver 520")]
    [InlineData("compute_capability", 52, "'Stub GPU 0' has compute capability 5.2 and the kernels need 7.0")]
    [InlineData("fail.cuInit", 100, "finds no GPU in this machine")]
    [InlineData("fail.cuInit", 34, "stub that a CUDA toolkit brings")]
    [InlineData("fail.cuInit", 803, "cuInit(): CUDA_ERROR_SYSTEM_DRIVER_MISMATCH (803), system has unsupported display driver / cuda driver combination")]
    [InlineData("fail.cuInit", 4242, "cuInit(): error 4242, which this driver has no name for")]
    [InlineData("fail.cuDevicePrimaryCtxRetain", 2, "cuDevicePrimaryCtxRetain(device 0): CUDA_ERROR_OUT_OF_MEMORY (2), out of memory")]
    public void Set_up_that_cannot_work_is_told_by_its_one_fault(string setting, long value, string message)
    {
        _stub.Set(setting, value);
        Assert.Contains(message, Assert.Throws<CudaException>(() => CudaDriver.Open()).Message, StringComparison.Ordinal);
    }

    /// <summary>The newest driver that is too old, and the oldest that is not; the same of GPUs.</summary>
    [Theory]
    [InlineData(11070, 90, false)]
    [InlineData(11080, 90, true)]
    [InlineData(13000, 120, true)]
    [InlineData(12000, 61, false)]
    [InlineData(12000, 70, true)]
    public void Bounds_are_inclusive(int driver, int capability, bool opens)
    {
        _stub.Set("driver_version", driver);
        _stub.Set("compute_capability", capability);
        if (!opens) Assert.Throws<CudaException>(() => CudaDriver.Open());
        else using (var opened = CudaDriver.Open()) Assert.Equal($"sm_{capability}", opened.Level);
    }

    /// <summary>What <see cref="CudaDriver"/> demands is what the committed modules need.</summary>
    [Fact]
    public void Demands_are_those_of_the_modules()
    {
        string[] texts = [.. KernelCatalogue.Entries.Select(entry => KernelImages.Of(entry.Name).Ptx).Distinct()];
        Assert.All(texts, text => Assert.Contains(".version 7.8\n", text, StringComparison.Ordinal));
        Assert.All(KernelCatalogue.Entries, entry => Assert.Equal(entry.IsTf32 ? CudaDriver.Tf32ComputeCapability : CudaDriver.RequiredComputeCapability, KernelImages.Of(entry.Name).ComputeCapability));
    }

    [Fact]
    public void Gpu_that_is_not_there_is_counted()
    {
        _stub.Set("devices", 2);
        Assert.Equal(["Stub GPU 0", "Stub GPU 1"], CudaDriver.Devices().Select(device => device.Name));
        Assert.Contains("no GPU 2: the machine has 2, counted from 0", Assert.Throws<CudaException>(() => CudaDriver.Open(2)).Message, StringComparison.Ordinal);
        using var second = CudaDriver.Open(1);
        Assert.Equal("Stub GPU 1", second.Device.Name);
    }

    [Fact]
    public void Memory_that_is_not_there_is_told_in_figures()
    {
        _stub.Set("memory_mib", 100);
        using var driver = CudaDriver.Open();
        ulong some = driver.Allocate(60 << 20);
        // Some bytes may be left of a test in which memory could not be freed.
        Assert.Equal($"the GPU has {driver.GetMemory().Free >> 20} MiB free of 100, and 51 were asked for", Assert.Throws<InsufficientMemoryException>(() => driver.Allocate(50 << 20)).Message);
        driver.Free(some);
        _stub.Fail("cuMemHostAlloc", 2);
        Assert.Contains("pinned memory", Assert.Throws<InsufficientMemoryException>(() => driver.AllocateHost(1 << 20)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Modules_and_functions_are_refused_by_name()
    {
        using var driver = CudaDriver.Open();
        string message = Assert.Throws<CudaException>(() => driver.LoadModule(new("wrong", "nonsense"))).Message;
        Assert.StartsWith("the module wrong cannot be loaded: cuModuleLoadDataEx(9 bytes of PTX): CUDA_ERROR_INVALID_PTX (218), a PTX JIT compilation failed: ptxas application ptx input, line 1;", message, StringComparison.Ordinal);
        nint module = driver.LoadModule(KernelImages.Of("fill_forward_v1"));
        Assert.Equal("cuModuleGetFunction(\"filll\"): CUDA_ERROR_NOT_FOUND (500), named symbol not found", Assert.Throws<CudaException>(() => driver.GetFunction(module, "filll")).Message);
    }

    /// <summary>A kernel's failure shows in a later call; the message says which call, and what was launched last. What is given back afterwards does not hide it.</summary>
    [Fact]
    public void Failure_of_a_kernel_is_told_once_where_it_shows()
    {
        using var driver = CudaDriver.Open();
        nint module = driver.LoadModule(KernelImages.Of("fill_forward_v1")), fill = driver.GetFunction(module, "fill_forward_v1");
        ulong y = driver.Allocate(64);
        driver.Launch(fill, 1, 32, 0, 0, new byte[20]);
        foreach (string call in new[] { "cuStreamSynchronize", "cuMemFree_v2", "cuModuleUnload" }) _stub.Fail(call, 700);
        Assert.Equal("cuStreamSynchronize(0x0): CUDA_ERROR_ILLEGAL_ADDRESS (700), an illegal memory access was encountered; the last kernel launched was fill_forward_v1",
            Assert.Throws<CudaException>(() => driver.SynchronizeStream(0)).Message);
        driver.Free(y);
        driver.UnloadModule(module);
    }

    [Fact]
    public void Refused_calls_are_told_with_their_arguments()
    {
        using var driver = CudaDriver.Open();
        nint fill = driver.GetFunction(driver.LoadModule(KernelImages.Of("fill_forward_v1")), "fill_forward_v1");
        Assert.Equal("cuLaunchKernel(fill_forward_v1, grid (1, 70000, 1), block (32, 1, 1), 0 bytes shared, 20 bytes of parameters): CUDA_ERROR_INVALID_VALUE (1), invalid argument",
            Assert.Throws<CudaException>(() => driver.Launch(fill, new(1, 70000), 32, 0, 0, new byte[20])).Message);
        Assert.StartsWith("cuFuncSetAttribute(fill_forward_v1, dynamic shared memory 300000 bytes): CUDA_ERROR_INVALID_VALUE", Assert.Throws<CudaException>(() => driver.Launch(fill, 1, 32, 300000, 0, new byte[20])).Message, StringComparison.Ordinal);
        Assert.StartsWith("cuMemsetD8Async(0x10, 4 bytes): CUDA_ERROR_INVALID_VALUE", Assert.Throws<CudaException>(() => driver.SetBytes(16, 0, 4, 0)).Message, StringComparison.Ordinal);
        Assert.StartsWith("cuStreamSynchronize(0x99): CUDA_ERROR_INVALID_HANDLE", Assert.Throws<CudaException>(() => driver.SynchronizeStream(0x99)).Message, StringComparison.Ordinal);
        Assert.Empty(_stub.Complaints);
    }

    /// <summary>The context belongs to a thread: another one takes it before its first call.</summary>
    [Fact]
    public async Task Another_thread_may_go_on()
    {
        using var driver = CudaDriver.Open();
        ulong address = await Task.Factory.StartNew(() => driver.Allocate(64), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        driver.Free(address);
        Assert.Empty(_stub.Complaints);
    }

    [Fact]
    public void Tf32_on_a_gpu_without_it_is_refused_at_once()
    {
        _stub.Set("compute_capability", 75);
        using (new CudaBackend(CudaDriver.Open()))
        {
        }
        string message = Assert.Throws<PixelNetException>(() => new CudaBackend(CudaDriver.Open(), new() { Precision = Precision.Tf32 })).Message;
        Assert.Contains("TF32 needs compute capability 8.0", message, StringComparison.Ordinal);
        Assert.Contains("7.5", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Kernel_that_a_gpu_cannot_run_is_refused_by_name()
    {
        Assert.Equal(80, KernelImages.Of("linear_forward_tf32_v7", 80).ComputeCapability);
        Assert.Equal("the kernel 'linear_forward_tf32_v7' needs compute capability 8.0, and this GPU has 7.5", Assert.Throws<PixelNetException>(() => KernelImages.Of("linear_forward_tf32_v7", 75)).Message);
    }

    /// <summary>The plan's figure and the driver's.</summary>
    [Fact]
    public void Backend_passes_short_memory_on()
    {
        _stub.Set("memory_mib", 10);
        using var backend = new CudaBackend(CudaDriver.Open());
        Assert.Throws<InsufficientMemoryException>(() => Tensor.Allocate(backend, "large", new Shape(1 << 24)));
        Assert.Empty(_stub.Complaints);
    }
}
