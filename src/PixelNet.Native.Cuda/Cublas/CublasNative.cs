using System.Runtime.InteropServices;

namespace PixelNet.Native.Cuda.Cublas;

/// <summary>cuBLAS's functions as its headers declare them, of releases 11 to 13. Matrices are device addresses in column-major order, alpha and beta host floats.</summary>
internal static partial class CublasNative
{
    internal const string Library = "cublas";

    static CublasNative() => NativeLibraries.Register(Library, () => CublasHandle.Found.Handle);

    [LibraryImport(Library)]
    internal static partial int cublasCreate_v2(out nint handle);

    [LibraryImport(Library)]
    internal static partial int cublasDestroy_v2(nint handle);

    [LibraryImport(Library)]
    internal static partial int cublasGetVersion_v2(nint handle, out int version);

    [LibraryImport(Library)]
    internal static partial int cublasSetStream_v2(nint handle, nint stream);

    [LibraryImport(Library)]
    internal static partial int cublasSetWorkspace_v2(nint handle, ulong workspace, nuint bytes);

    [LibraryImport(Library)]
    internal static partial int cublasSetMathMode(nint handle, CublasMath mode);

    [LibraryImport(Library)]
    internal static partial int cublasSgemm_v2(nint handle, CublasOperation transposeA, CublasOperation transposeB, int m, int n, int k,
        in float alpha, ulong a, int lda, ulong b, int ldb, in float beta, ulong c, int ldc);

    /// <summary>Since 11.4.2.</summary>
    [LibraryImport(Library)]
    internal static partial nint cublasGetStatusString(int status);
}
