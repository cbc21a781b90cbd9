using System.Reflection;
using PixelNet.Native.Cuda.Cublas;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Cuda.Runtime;
using PixelNet.Native.Cuda.Tests.Stubs;
using PixelNet.Native.Diagnostics;
using PixelNet.Native.Diagnostics.Cases;
using PixelNet.Native.Ptx.Tracing;
using Xunit;

namespace PixelNet.Native.Cuda.Tests;

/// <summary>Dense layers by cuBLAS, against a stub that multiplies column-major as cuBLAS does, with the own kernels for what follows the products.</summary>
[Collection(CudaStub.Collection)]
public sealed class CublasStubTests
{
    public static TheoryData<string> Cases => [.. OpCases.All.Where(c => c.Op == "Linear" && !c.Long).Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Dense_layer_equals_the_reference_in_double(string name)
    {
        var (driver, stub) = Fresh();
        using (var backend = new CudaBackend(driver, new() { Gemm = GemmLibrary.Cublas }))
        {
            Assert.Equal("ptx cublas 12.4.5", backend.Level);
            foreach (var row in ParityCheck.Of(OpCases.All.Single(c => c.Op == "Linear" && c.Name == name), backend)) Assert.True(row.Passed, row.Fault);
        }
        Assert.True(stub.Calls("cublasSgemm_v2") >= 3);
        Assert.Empty(stub.Complaints);
    }

    /// <summary>A head too wide for the fused kernels is dense layers, and so cuBLAS's.</summary>
    [Fact]
    public void Wide_head_equals_the_reference_in_double()
    {
        var (driver, stub) = Fresh();
        using var backend = new CudaBackend(driver, new() { Gemm = GemmLibrary.Cublas });
        foreach (var c in OpCases.All.OfType<PixelMlpCase>().Where(c => !c.Long))
            foreach (var row in ParityCheck.Of(c, backend)) Assert.True(row.Passed, row.Fault);
        Assert.True(stub.Calls("cublasSgemm_v2") > 0);
        Assert.Empty(stub.Complaints);
    }

    [Fact]
    public void Tf32_is_a_math_mode_and_fp32_the_default_one()
    {
        var (driver, stub) = Fresh();
        var c = OpCases.All.First(c => c.Op == "Linear" && !c.Long);
        using var backend = new CudaBackend(driver, new() { Gemm = GemmLibrary.Cublas, Precision = Precision.Tf32 });
        Assert.Contains("cublasSetMathMode mode=3", stub.Record);
        foreach (var row in ParityCheck.Of(c, backend, CaseTolerance.Tf32)) Assert.True(row.Passed, row.Fault);
        Assert.Contains(ParityCheck.Of(c, backend), row => !row.Passed);
    }

    [Fact]
    public void Every_declared_function_is_called_and_failures_are_told_in_the_librarys_words()
    {
        var (driver, stub) = Fresh();
        using var context = new CudaContext(driver);
        using var stream = new CudaStream(context);
        using (var cublas = new CublasHandle(stream, Precision.Fp32))
        {
            using var memory = new CudaDeviceVariable<float>(context, 64);
            memory.Memset(0, stream);
            cublas.SetWorkspace(0, 0);
            cublas.Multiply(memory.DevicePointer, memory.DevicePointer, false, memory.DevicePointer, false, 2, 3, 4);
            foreach (var (status, words) in new[] { (8, "the function requires a feature absent from the device architecture (8)"), (13, "the GPU program failed to execute (13)"), (77, "unknown cublasStatus_t value (77)") })
            {
                stub.Fail("cublasSgemm_v2", status);
                var failure = Assert.Throws<CublasException>(() => cublas.Multiply(memory.DevicePointer, memory.DevicePointer, true, memory.DevicePointer, false, 2, 3, 4));
                Assert.Equal($"cublasSgemm_v2(False, True, 3, 2, 4, 1, 0) failed: {words}", failure.Message);
            }
        }
        stub.Fail("cublasCreate_v2", 1);
        Assert.Equal("cublasCreate_v2() failed: the library was not initialized (1)", Assert.Throws<CublasException>(() => new CublasHandle(stream, Precision.Fp32)).Message);
        string[] declared = [.. typeof(CublasNative).GetMethods(BindingFlags.Static | BindingFlags.NonPublic).Where(method => method.Name.StartsWith("cublas", StringComparison.Ordinal)).Select(method => method.Name)];
        Assert.Equal(8, declared.Length);
        Assert.All(declared, name => Assert.True(stub.Calls(name) > 0, $"{name} is never called"));
        Assert.Empty(stub.Complaints);
    }

    private static (EmulatedCudaDriver Driver, NativeStub Stub) Fresh()
    {
        var driver = new EmulatedCudaDriver(new() { Observers = Observers.All, Launched = report => Assert.True(report.IsClean, string.Join('\n', report.Findings)) });
        return (driver, LibraryStubs.Cublas(driver));
    }
}
