using System.Runtime.InteropServices;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.Cuda.Tests.Stubs;
using Xunit;

namespace PixelNet.Native.Cuda.Tests;

/// <summary>The driver's bindings, called for real against a stub of libcuda: every function, its arguments, and the sentence for what goes wrong.</summary>
[Collection(CudaStub.Collection)]
public sealed class CudaStubTests
{
    private static readonly KernelImage Fill = KernelImages.Of("fill_forward_v1");

    /// <summary>All that the driver can do, once; each declared function is called, and none with an argument that the stub complains of.</summary>
    [Fact]
    public void Every_declared_function_is_called_rightly()
    {
        var stub = CudaStub.Fresh();
        using (var driver = CudaDriver.Open())
        {
            Assert.Equal(("cuda", "sm_90", "Stub GPU 0"), (driver.Name, driver.Level, driver.Device.Name));
            Assert.Equal(132, driver.GetAttribute(CudaDeviceAttribute.MultiprocessorCount));
            Memory(driver);
            Kernels(stub, driver);
            Queues(driver);
            stub.Fail("cuCtxSynchronize", 999);
            Assert.Throws<CudaException>(driver.Synchronize);
            stub.Fail("cuCtxSynchronize", 0);
            driver.Synchronize();
        }
        Assert.Empty(stub.Complaints);
        var declared = PrototypeCheck.Functions(typeof(NativeMethods)).Select(method => method.Name).ToArray();
        Assert.True(declared.Length >= 40, $"only {declared.Length} functions are found");
        Assert.All(declared, name => Assert.True(stub.Calls(name) > 0, $"{name} is never called"));
    }

    private static void Memory(CudaDriver driver)
    {
        var (free, total) = driver.GetMemory();
        ulong a = driver.Allocate(4096), b = driver.Allocate(4096);
        Assert.Equal(free - 8192, driver.GetMemory().Free);
        Assert.Equal(4096L << 20, total);
        driver.SetWords(a, 0xAABBCCDD, 1024, 0);
        driver.SetBytes(a + 4, 0x11, 3, 0);
        driver.CopyOnDevice(b, a, 4096, 0);
        var words = new uint[1024];
        driver.CopyToHost(MemoryMarshal.AsBytes(words.AsSpan()), b, 0);
        Assert.Equal([0xAABBCCDDu, 0xAA111111u, 0xAABBCCDDu], words[..3]);
        driver.CopyToDevice(b + 8, [1, 2, 3, 4], 0);
        driver.CopyToHost(MemoryMarshal.AsBytes(words.AsSpan()), b, 0);
        Assert.Equal(0x04030201u, words[2]);
        nint pinned = driver.AllocateHost(64);
        Marshal.WriteInt32(pinned, 77);
        driver.CopyPinnedToDevice(a, pinned, 64, 0);
        driver.CopyToHost(MemoryMarshal.AsBytes(words.AsSpan(0, 1)), a, 0);
        Assert.Equal(77u, words[0]);
        driver.FreeHost(pinned);
        driver.Free(a);
        driver.Free(b);
        Assert.Equal(free, driver.GetMemory().Free);
    }

    private static void Kernels(NativeStub stub, CudaDriver driver)
    {
        nint module = driver.LoadModule(Fill), function = driver.GetFunction(module, "fill_forward_v1");
        driver.Launch(function, new(3, 2, 1), new(32, 4, 2), 100 << 10, 0, Block(0x1122334455667788, 10, 1.5f));
        driver.Launch(function, 1, 32, 100 << 10, 0, Block(1, 2, 0));
        string[] launches = [.. stub.Record.Where(line => line.StartsWith("cuLaunchKernel", StringComparison.Ordinal))];
        Assert.Equal("cuLaunchKernel fill_forward_v1 grid=3,2,1 block=32,4,2 shared=102400 stream=(nil) parameters=88776655443322110a000000000000000000c03f", launches[0]);
        Assert.Equal(1, stub.Calls("cuFuncSetAttribute"));
        Assert.True(driver.LoadTime > TimeSpan.Zero);
        driver.UnloadModule(module);
    }

    private static void Queues(CudaDriver driver)
    {
        nint stream = driver.CreateStream(), first = driver.CreateEvent(), last = driver.CreateEvent();
        ulong a = driver.Allocate(16);
        driver.RecordEvent(first, stream);
        driver.BeginCapture(stream);
        driver.SetBytes(a, 1, 16, stream);
        nint graph = driver.EndCapture(stream);
        driver.LaunchGraph(graph, stream);
        driver.RecordEvent(last, stream);
        driver.WaitForEvent(0, last);
        driver.SynchronizeEvent(last);
        Assert.Equal(1.5f, driver.GetElapsedMilliseconds(first, last));
        driver.SynchronizeStream(stream);
        driver.DestroyGraph(graph);
        driver.DestroyEvent(first);
        driver.DestroyEvent(last);
        driver.DestroyStream(stream);
        driver.Free(a);
    }

    private static byte[] Block(ulong y, long count, float value) => [.. BitConverter.GetBytes(y), .. BitConverter.GetBytes(count), .. BitConverter.GetBytes(value)];
}
