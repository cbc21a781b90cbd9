using System.Runtime.InteropServices;
using PixelNet.Native.Cuda.Cublas;
using PixelNet.Native.Cuda.Cudnn;
using PixelNet.Native.Cuda.Driver;

namespace PixelNet.Native.Cuda.Tests.Stubs;

/// <summary>
/// The stubs of libcudnn (version 9.1.0) and libcublas, which this process's bindings load in the place of NVIDIA's. They compute, on the memory of the emulated
/// device that a test names; own kernels run there too, so whole passes can be compared with the reference. One test at a time uses them: those of <see cref="CudaStub.Collection"/>.
/// </summary>
internal static unsafe class LibraryStubs
{
    private static EmulatedCudaDriver? _memory;

    /// <summary>cuDNN, as it is at the start; skips the test where it cannot be built.</summary>
    public static NativeStub Cudnn(EmulatedCudaDriver? memory = null)
    {
        var stub = Fresh("libcudnn_stub.c", CudnnLibrary.Variable, memory);
        // The parts need only lie there: the stub is one file.
        foreach (string part in CudnnParts.Names(9)) File.WriteAllBytes(Path.Combine(Path.GetDirectoryName(stub.FilePath)!, part), []);
        return stub;
    }

    /// <summary>cuBLAS, as it is at the start; skips the test where it cannot be built.</summary>
    public static NativeStub Cublas(EmulatedCudaDriver? memory = null) => Fresh("libcublas_stub.c", CublasHandle.Variable, memory);

    private static NativeStub Fresh(string source, string variable, EmulatedCudaDriver? memory)
    {
        var stub = NativeStub.Build(source);
        Environment.SetEnvironmentVariable(variable, stub.FilePath);
        stub.Reset();
        _memory = memory;
        var use = (delegate* unmanaged<delegate* unmanaged<ulong, byte*, nuint, void>, delegate* unmanaged<ulong, byte*, nuint, void>, void>)NativeLibrary.GetExport(NativeLibrary.Load(stub.FilePath), "stub_memory");
        if (memory is null) use(null, null);
        else use(&Read, &Write);
        return stub;
    }

    [UnmanagedCallersOnly]
    private static void Read(ulong device, byte* host, nuint bytes) => _memory!.CopyToHost(new Span<byte>(host, checked((int)bytes)), device, 0);

    [UnmanagedCallersOnly]
    private static void Write(ulong device, byte* host, nuint bytes) => _memory!.CopyToDevice(device, new ReadOnlySpan<byte>(host, checked((int)bytes)), 0);
}
