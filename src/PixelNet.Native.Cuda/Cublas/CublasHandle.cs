using System.Runtime.InteropServices;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Cuda.Runtime;
using static PixelNet.Native.Cuda.Cublas.CublasNative;

namespace PixelNet.Native.Cuda.Cublas;

/// <summary>cuBLAS on the current context, its work queued in one stream. One thread at a time.</summary>
public sealed class CublasHandle : IDisposable
{
    /// <summary>Names the file or folder to take.</summary>
    public const string Variable = "PIXELNET_CUBLAS";

    /// <summary>Workspace that cuBLAS's fastest kernels of fp32 and TF32 ask for.</summary>
    public const long WorkspaceBytes = 32L << 20;

    private static readonly Lazy<OpenLibrary> Search = new(new LibrarySearch(Variable, "cuBLAS",
        OperatingSystem.IsWindows() ? ["cublas64_13.dll", "cublas64_12.dll", "cublas64_11.dll"] : ["libcublas.so.13", "libcublas.so.12", "libcublas.so.11"], "cublas").Open);

    private nint _handle;

    /// <summary>Opens cuBLAS.</summary>
    /// <param name="stream">Where its work is queued.</param>
    /// <param name="precision">Fp32, or TF32 on tensor cores.</param>
    /// <exception cref="PixelNetException">There is no cuBLAS, or it does not start.</exception>
    public CublasHandle(CudaStream stream, Precision precision)
    {
        _ = Found;
        Check(cublasCreate_v2(out _handle), nameof(cublasCreate_v2));
        try
        {
            Check(cublasSetStream_v2(_handle, stream.Handle), nameof(cublasSetStream_v2), stream.Handle);
            var mode = precision == Precision.Tf32 ? cublasMath_t.CUBLAS_TF32_TENSOR_OP_MATH : cublasMath_t.CUBLAS_DEFAULT_MATH;
            Check(cublasSetMathMode(_handle, mode), nameof(cublasSetMathMode), mode);
            Check(cublasGetVersion_v2(_handle, out int version), nameof(cublasGetVersion_v2));
            Version = $"{version / 10000}.{version / 100 % 100}.{version % 100}";
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Its version, such as 12.4.5.</summary>
    public string Version { get; }

    /// <summary>Its file.</summary>
    public string Path => Found.Path;

    /// <summary>Where it was found, for people.</summary>
    public string Source => Found.Source;

    internal static OpenLibrary Found => Search.Value;

    /// <summary>Gives it memory to work in, in place of its own: so that products can be captured, and their bytes do not depend on what it allocated.</summary>
    /// <param name="address">Device address, a multiple of 256.</param>
    /// <param name="bytes">Bytes, such as <see cref="WorkspaceBytes"/>.</param>
    public void SetWorkspace(ulong address, long bytes) =>
        Check(cublasSetWorkspace_v2(_handle, address, (nuint)bytes), nameof(cublasSetWorkspace_v2), bytes);

    /// <summary>
    /// C [m,n] = alpha op(A) op(B) + beta C, all of them row-major and dense, op(A) [m,k], op(B) [k,n]. cuBLAS sees a row-major matrix as its transpose
    /// and so computes C^T = op(B)^T op(A)^T.
    /// </summary>
    /// <param name="c">C, device address.</param>
    /// <param name="a">A [m,k], or [k,m] if it is to be transposed.</param>
    /// <param name="transposeA">Whether op(A) is its transpose.</param>
    /// <param name="b">B [k,n], or [n,k] if it is to be transposed.</param>
    /// <param name="transposeB">Whether op(B) is its transpose.</param>
    /// <param name="m">Rows of C.</param>
    /// <param name="n">Columns of C.</param>
    /// <param name="k">Terms of each sum.</param>
    /// <param name="alpha">Factor of the product.</param>
    /// <param name="beta">Factor of what C holds; 0 = it is not read.</param>
    /// <exception cref="CublasException">cuBLAS refuses.</exception>
    public void Multiply(ulong c, ulong a, bool transposeA, ulong b, bool transposeB, int m, int n, int k, float alpha = 1, float beta = 0)
    {
        ObjectDisposedException.ThrowIf(_handle == 0, this);
        if (m == 0 || n == 0) return;
        var status = cublasSgemm_v2(_handle, Operation(transposeB), Operation(transposeA), n, m, k, alpha, b, transposeB ? k : n, a, transposeA ? m : k, beta, c, n);
        if (status != 0) Check(status, nameof(cublasSgemm_v2), transposeB, transposeA, n, m, k, alpha, beta);
    }

    /// <summary>Ends it.</summary>
    public void Dispose()
    {
        if (_handle != 0) _ = cublasDestroy_v2(_handle);
        _handle = 0;
    }

    private static cublasOperation_t Operation(bool transpose) => transpose ? cublasOperation_t.CUBLAS_OP_T : cublasOperation_t.CUBLAS_OP_N;

    private static void Check(cublasStatus_t status, string call, params ReadOnlySpan<object> arguments)
    {
        if (status == 0) return;
        string text = NativeLibrary.TryGetExport(Found.Handle, nameof(cublasGetStatusString), out _) ? Marshal.PtrToStringUTF8(cublasGetStatusString(status)) ?? "" : "";
        throw new CublasException($"{call}({string.Join(", ", arguments.ToArray())}) failed: {(text.Length > 0 ? text : "unknown status")} ({(int)status})");
    }
}
