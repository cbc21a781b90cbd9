using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static PixelNet.Native.Cuda.Driver.NativeMethods;

namespace PixelNet.Native.Cuda.Driver;

// Status -> exception: the call, its arguments, the library's own name and words for the error.
public sealed unsafe partial class CudaDriver
{
    private void Check(CUresult status, [InterpolatedStringHandlerArgument(nameof(status))] FailedCall call)
    {
        if (status != CUresult.CUDA_SUCCESS) throw Failed($"{call.Text}: {Describe(status)}{(_lastLaunched is null ? "" : $"; the last kernel launched was {_lastLaunched.Name}")}");
    }

    /// <summary>Checks what gives something back: after a failure all of that fails too, and the failure is what matters.</summary>
    private void CheckEnd(CUresult status, [InterpolatedStringHandlerArgument(nameof(status))] FailedCall call)
    {
        if (status != CUresult.CUDA_SUCCESS && !_failed) throw Failed($"{call.Text}: {Describe(status)}");
    }

    private static void Require(CUresult status, [InterpolatedStringHandlerArgument(nameof(status))] FailedCall call)
    {
        if (status != CUresult.CUDA_SUCCESS) throw new CudaException($"{call.Text}: {Describe(status)}");
    }

    private CudaException Failed(string message)
    {
        _failed = true;
        return new CudaException(message);
    }

    /// <summary>Such as <c>CUDA_ERROR_ILLEGAL_ADDRESS (700), an illegal memory access was encountered</c>.</summary>
    private static string Describe(CUresult status)
    {
        if (cuGetErrorName(status, out byte* name) != CUresult.CUDA_SUCCESS || cuGetErrorString(status, out byte* text) != CUresult.CUDA_SUCCESS)
            return $"error {(int)status}, which this driver has no name for";
        return $"{TextOf(name)} ({(int)status}), {TextOf(text)}";
    }

    private static string TextOf(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}
