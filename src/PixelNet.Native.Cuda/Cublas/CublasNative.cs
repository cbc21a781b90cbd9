using System.Runtime.InteropServices;

namespace PixelNet.Native.Cuda.Cublas;

/// <summary>cuBLAS's functions as its headers declare them, of releases 11 to 13. Matrices are device addresses in column-major order, alpha and beta host floats.</summary>
internal static partial class CublasNative
{
    internal const string Library = "cublas";

    static CublasNative() => NativeLibraries.Register(Library, () => CublasHandle.Found.Handle);

    [LibraryImport(Library)]
    internal static partial cublasStatus_t cublasCreate_v2([NativeTypeName("cublasHandle_t *")] out nint handle);

    [LibraryImport(Library)]
    internal static partial cublasStatus_t cublasDestroy_v2([NativeTypeName("cublasHandle_t")] nint handle);

    [LibraryImport(Library)]
    internal static partial cublasStatus_t cublasGetVersion_v2([NativeTypeName("cublasHandle_t")] nint handle, out int version);

    [LibraryImport(Library)]
    internal static partial cublasStatus_t cublasSetStream_v2([NativeTypeName("cublasHandle_t")] nint handle, [NativeTypeName("cudaStream_t")] nint stream);

    [LibraryImport(Library)]
    internal static partial cublasStatus_t cublasSetWorkspace_v2([NativeTypeName("cublasHandle_t")] nint handle, [NativeTypeName("void *")] ulong workspace, nuint bytes);

    [LibraryImport(Library)]
    internal static partial cublasStatus_t cublasSetMathMode([NativeTypeName("cublasHandle_t")] nint handle, cublasMath_t mode);

    [LibraryImport(Library)]
    internal static partial cublasStatus_t cublasSgemm_v2([NativeTypeName("cublasHandle_t")] nint handle, cublasOperation_t transposeA, cublasOperation_t transposeB, int m, int n, int k,
        [NativeTypeName("const float *")] in float alpha, [NativeTypeName("const float *")] ulong a, int lda, [NativeTypeName("const float *")] ulong b, int ldb, [NativeTypeName("const float *")] in float beta, [NativeTypeName("float *")] ulong c, int ldc);

    /// <summary>Since 11.4.2.</summary>
    [LibraryImport(Library)]
    [return: NativeTypeName("const char *")]
    internal static partial nint cublasGetStatusString(cublasStatus_t status);
}
