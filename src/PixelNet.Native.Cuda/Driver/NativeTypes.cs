// Types of cuda.h under its own names, so that a declaration reads as the header does and a test can compare them.
#pragma warning disable CA1008, CA1028, CA1069 // The header's values, no others.
namespace PixelNet.Native.Cuda.Driver;

internal readonly record struct CUdevice(int Ordinal);

internal readonly record struct CUdeviceptr(ulong Address);

internal readonly record struct CUcontext(nint Handle);

internal readonly record struct CUmodule(nint Handle);

internal readonly record struct CUfunction(nint Handle);

internal readonly record struct CUstream(nint Handle);

internal readonly record struct CUevent(nint Handle);

internal readonly record struct CUgraph(nint Handle);

internal readonly record struct CUgraphExec(nint Handle);

/// <summary>What a call returns; only those that the host code tells apart.</summary>
internal enum CUresult
{
    CUDA_SUCCESS = 0,
    CUDA_ERROR_OUT_OF_MEMORY = 2,
    CUDA_ERROR_STUB_LIBRARY = 34,
    CUDA_ERROR_NO_DEVICE = 100,
    CUDA_ERROR_INVALID_PTX = 218,
    CUDA_ERROR_UNSUPPORTED_PTX_VERSION = 222,
    CUDA_ERROR_NOT_FOUND = 500,
}

internal enum CUdevice_attribute
{
    CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK = 1,
    CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT = 16,
    CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE = 38,
    CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR = 75,
    CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR = 76,
    CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN = 97,
}

internal enum CUfunction_attribute
{
    CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES = 8,
}

internal enum CUjit_option
{
    CU_JIT_ERROR_LOG_BUFFER = 5,
    CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES = 6,
}

internal enum CUstream_flags
{
    CU_STREAM_NON_BLOCKING = 1,
}

internal enum CUevent_flags
{
    CU_EVENT_DEFAULT = 0,
}

internal enum CUstreamCaptureMode
{
    CU_STREAM_CAPTURE_MODE_THREAD_LOCAL = 1,
}

/// <summary>What stands before a value in <c>extra</c> of <c>cuLaunchKernel</c>; macros in the header.</summary>
internal static class CU_LAUNCH_PARAM
{
    public const nint END = 0;
    public const nint BUFFER_POINTER = 1;
    public const nint BUFFER_SIZE = 2;
}
