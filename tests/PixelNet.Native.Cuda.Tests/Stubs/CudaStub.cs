using PixelNet.Native.Cuda.Driver;
using Xunit;

namespace PixelNet.Native.Cuda.Tests.Stubs;

/// <summary>The stub of libcuda, which this process's bindings load in the place of a driver. One test at a time uses it: <see cref="CudaStubTests"/>.</summary>
internal static class CudaStub
{
    /// <summary>Name of the collection whose tests take turns.</summary>
    public const string Collection = "libcuda stub";

    /// <summary>The stub, as it is at the start; skips the test where it cannot be built.</summary>
    public static NativeStub Fresh()
    {
        var stub = NativeStub.Build("libcuda_stub.c");
        Environment.SetEnvironmentVariable(CudaLibrary.Variable, stub.FilePath);
        Assert.Equal(stub.FilePath, CudaLibrary.Name);
        stub.Reset();
        return stub;
    }
}
