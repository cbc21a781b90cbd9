// The CUDA driver API, as far as it is used: raw declarations under the names that the library exports (cuda.h hides the _v2 behind macros).
// The youngest of them is cuGraphInstantiateWithFlags, of CUDA 11.4.
//
// Checked without a GPU: every function is called against a stub (tests/PixelNet.Native.Cuda.Tests/Stubs), and every declaration here is
// compared with NVIDIA's own cuda.h by the C compiler.
using System.Runtime.InteropServices;

namespace PixelNet.Native.Cuda.Driver;

internal static unsafe partial class NativeMethods
{
    private const string Cuda = "cuda";

    static NativeMethods() => NativeLibraries.Register(Cuda, () => CudaLibrary.Handle);

    // ---- Errors, version ---------------------------------------------------------------------------------------------

    [LibraryImport(Cuda)]
    internal static partial CUresult cuGetErrorName(CUresult error, [NativeTypeName("const char **")] out byte* text);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuGetErrorString(CUresult error, [NativeTypeName("const char **")] out byte* text);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuInit(uint flags);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuDriverGetVersion(out int version);

    // ---- Devices, context --------------------------------------------------------------------------------------------

    [LibraryImport(Cuda)]
    internal static partial CUresult cuDeviceGetCount(out int count);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuDeviceGet(out CUdevice device, int ordinal);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuDeviceGetName([NativeTypeName("char *")] byte* name, int length, CUdevice device);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuDeviceTotalMem_v2(out nuint bytes, CUdevice device);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuDeviceGetAttribute(out int value, CUdevice_attribute attribute, CUdevice device);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuDevicePrimaryCtxRetain(out CUcontext context, CUdevice device);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuCtxSetCurrent(CUcontext context);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuCtxSynchronize();

    // ---- Modules, kernels --------------------------------------------------------------------------------------------

    [LibraryImport(Cuda)]
    internal static partial CUresult cuModuleLoadDataEx(out CUmodule module, [NativeTypeName("const void *")] byte* image, uint optionCount, CUjit_option* options, void** optionValues);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuModuleUnload(CUmodule module);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuModuleGetFunction(out CUfunction function, CUmodule module, [NativeTypeName("const char *")] byte* name);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuFuncSetAttribute(CUfunction function, CUfunction_attribute attribute, int value);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuLaunchKernel(CUfunction function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ,
        uint sharedBytes, CUstream stream, void** kernelParameters, void** extra);

    // ---- Memory ------------------------------------------------------------------------------------------------------

    [LibraryImport(Cuda)]
    internal static partial CUresult cuMemGetInfo_v2(out nuint free, out nuint total);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuMemAlloc_v2(out CUdeviceptr address, nuint bytes);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuMemFree_v2(CUdeviceptr address);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuMemHostAlloc(out void* pointer, nuint bytes, uint flags);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuMemFreeHost(void* pointer);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr destination, [NativeTypeName("const void *")] void* source, nuint bytes, CUstream stream);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuMemcpyDtoHAsync_v2(void* destination, CUdeviceptr source, nuint bytes, CUstream stream);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr destination, CUdeviceptr source, nuint bytes, CUstream stream);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuMemsetD8Async(CUdeviceptr address, byte value, nuint count, CUstream stream);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuMemsetD32Async(CUdeviceptr address, uint value, nuint count, CUstream stream);

    // ---- Streams, events ---------------------------------------------------------------------------------------------

    [LibraryImport(Cuda)]
    internal static partial CUresult cuStreamCreate(out CUstream stream, uint flags);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuStreamDestroy_v2(CUstream stream);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuStreamSynchronize(CUstream stream);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuStreamWaitEvent(CUstream stream, CUevent cudaEvent, uint flags);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuEventCreate(out CUevent cudaEvent, uint flags);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuEventDestroy_v2(CUevent cudaEvent);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuEventRecord(CUevent cudaEvent, CUstream stream);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuEventSynchronize(CUevent cudaEvent);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuEventElapsedTime(out float milliseconds, CUevent start, CUevent end);

    // ---- Graphs ------------------------------------------------------------------------------------------------------

    [LibraryImport(Cuda)]
    internal static partial CUresult cuStreamBeginCapture_v2(CUstream stream, CUstreamCaptureMode mode);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuStreamEndCapture(CUstream stream, out CUgraph graph);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuGraphInstantiateWithFlags(out CUgraphExec executable, CUgraph graph, ulong flags);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuGraphLaunch(CUgraphExec executable, CUstream stream);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuGraphExecDestroy(CUgraphExec executable);

    [LibraryImport(Cuda)]
    internal static partial CUresult cuGraphDestroy(CUgraph graph);
}
