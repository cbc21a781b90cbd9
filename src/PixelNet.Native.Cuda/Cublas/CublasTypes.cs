// Types of cublas_v2.h under its own names, so that a declaration reads as the header does and a test can compare them.
#pragma warning disable CA1008, CA1028, CA1069 // The header's values, no others.
namespace PixelNet.Native.Cuda.Cublas;

/// <summary>What a call returns.</summary>
internal enum cublasStatus_t
{
    CUBLAS_STATUS_SUCCESS = 0,
}

internal enum cublasOperation_t
{
    CUBLAS_OP_N = 0,
    CUBLAS_OP_T = 1,
}

/// <summary>The default one computes fp32 in fp32.</summary>
internal enum cublasMath_t
{
    CUBLAS_DEFAULT_MATH = 0,
    CUBLAS_TF32_TENSOR_OP_MATH = 3,
}
