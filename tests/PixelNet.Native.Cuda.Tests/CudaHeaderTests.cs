using System.Runtime.InteropServices;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Cuda.Tests.Stubs;
using Xunit;

namespace PixelNet.Native.Cuda.Tests;

/// <summary>Bindings and stub against NVIDIA's own cuda.h, by the C compiler, so that they cannot share one mistake.</summary>
public sealed class CudaHeaderTests
{
    private static readonly Type[] Constants = [typeof(CUresult), typeof(CUdevice_attribute), typeof(CUfunction_attribute), typeof(CUjit_option),
        typeof(CUstream_flags), typeof(CUevent_flags), typeof(CUstreamCaptureMode), typeof(CU_LAUNCH_PARAM)];

    [Fact]
    [Trait("Category", "All")]
    public void Declarations_are_those_of_the_header()
    {
        Assert.True(PrototypeCheck.Functions(typeof(NativeMethods)).Count >= 40);
        PrototypeCheck.Compile("cuda.h", typeof(NativeMethods), Constants);
    }

    [Fact]
    [Trait("Category", "All")]
    public void Stub_has_the_prototypes_of_the_header() =>
        NativeStub.Compile("-fsyntax-only", "-Wmissing-prototypes", "-Wno-enum-conversion", "-DWITH_CUDA_H", "-isystem", CudaHeaders.Folder(), Path.Combine(AppContext.BaseDirectory, "Stubs", "libcuda_stub.c"));

    /// <summary>The check finds what it is there for: a size, a const, an order, a value.</summary>
    [Fact]
    [Trait("Category", "All")]
    public void Wrong_declarations_are_named()
    {
        string errors = Assert.Throws<InvalidOperationException>(() => PrototypeCheck.Compile("cuda.h", typeof(Wrong), typeof(WrongResult))).Message;
        string[] wrong = [nameof(Wrong.cuMemAlloc_v2), nameof(Wrong.cuMemcpyDtoHAsync_v2), nameof(Wrong.cuMemsetD8Async), nameof(Wrong.cuModuleGetFunction), nameof(Wrong.cuEventElapsedTime),
            $"{nameof(WrongResult)}.{nameof(WrongResult.CUDA_ERROR_NO_DEVICE)}"];
        Assert.All(wrong, name => Assert.Contains(name, errors, StringComparison.Ordinal));
        Assert.DoesNotContain(nameof(Wrong.cuMemFree_v2), errors, StringComparison.Ordinal);
        Assert.DoesNotContain(nameof(WrongResult.CUDA_SUCCESS), errors, StringComparison.Ordinal);
    }

    // Never called.
    private static unsafe class Wrong
    {
        [DllImport("cuda")]
        public static extern CUresult cuMemAlloc_v2(out CUdeviceptr address, uint bytes);

        [DllImport("cuda")]
        public static extern CUresult cuMemcpyDtoHAsync_v2(CUdeviceptr source, void* destination, nuint bytes, CUstream stream);

        [DllImport("cuda")]
        public static extern CUresult cuMemsetD8Async(CUdeviceptr address, uint value, nuint count, CUstream stream);

        [DllImport("cuda")]
        public static extern CUresult cuModuleGetFunction(out CUfunction function, CUmodule module, byte* name);

        [DllImport("cuda")]
        public static extern CUresult cuEventElapsedTime(out double milliseconds, CUevent start, CUevent end);

        [DllImport("cuda")]
        public static extern CUresult cuMemFree_v2(CUdeviceptr address);
    }

    private enum WrongResult
    {
        CUDA_SUCCESS = 0,
        CUDA_ERROR_NO_DEVICE = 101,
    }
}
