namespace PixelNet.Native.Cuda;

/// <summary>Who computes the matrix products of dense layers.</summary>
public enum GemmLibrary
{
    /// <summary>The kernels of <c>kernels/linear</c>.</summary>
    Own,

    /// <summary>cuBLAS; it is an error if it is not there.</summary>
    Cublas,
}
