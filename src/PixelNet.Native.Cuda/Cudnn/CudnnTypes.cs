// Types of cudnn.h under its own names, so that a declaration reads as the header does and a test can compare them.
#pragma warning disable CA1008, CA1028, CA1069 // The header's values, no others.
namespace PixelNet.Native.Cuda.Cudnn;

/// <summary>What a call returns; the other numbers differ between versions 8 and 9.</summary>
internal enum cudnnStatus_t
{
    CUDNN_STATUS_SUCCESS = 0,
}

internal enum cudnnDataType_t
{
    CUDNN_DATA_FLOAT = 0,
}

/// <summary>Descriptors take (n, c, h, w) in any format; the format says how they lie in memory.</summary>
internal enum cudnnTensorFormat_t
{
    CUDNN_TENSOR_NHWC = 1,
}

/// <summary>With the default one cuDNN may compute fp32 in TF32; only FMA keeps every bit.</summary>
internal enum cudnnMathType_t
{
    CUDNN_DEFAULT_MATH = 0,
    CUDNN_TENSOR_OP_MATH = 1,
    CUDNN_TENSOR_OP_MATH_ALLOW_CONVERSION = 2,
    CUDNN_FMA_MATH = 3,
}

internal enum cudnnConvolutionMode_t
{
    CUDNN_CROSS_CORRELATION = 1,
}

internal enum cudnnActivationMode_t
{
    CUDNN_ACTIVATION_RELU = 1,
    CUDNN_ACTIVATION_IDENTITY = 5,
}

/// <summary>The fused forward pass takes no other than this one.</summary>
internal enum cudnnNanPropagation_t
{
    CUDNN_NOT_PROPAGATE_NAN = 0,
}

internal enum cudnnDeterminism_t
{
    CUDNN_NON_DETERMINISTIC = 0,
    CUDNN_DETERMINISTIC = 1,
}
