namespace PixelNet.Native.Cuda.Cudnn;

/// <summary><c>cudnnDataType_t</c>.</summary>
internal enum CudnnDataType
{
    Float = 0,
}

/// <summary><c>cudnnTensorFormat_t</c>. Descriptors take (n, c, h, w) in any format; the format says how they lie in memory.</summary>
internal enum CudnnTensorFormat
{
    Nchw = 0,
    Nhwc = 1,
}

/// <summary><c>cudnnMathType_t</c>. With the default one cuDNN may compute fp32 in TF32; only FMA keeps every bit.</summary>
internal enum CudnnMathType
{
    Default = 0,
    TensorOp = 1,
    AllowConversion = 2,
    Fma = 3,
}

/// <summary><c>cudnnConvolutionMode_t</c>.</summary>
internal enum CudnnConvolutionMode
{
    Convolution = 0,
    CrossCorrelation = 1,
}

/// <summary><c>cudnnActivationMode_t</c>.</summary>
internal enum CudnnActivationMode
{
    Relu = 1,
    Identity = 5,
}

/// <summary><c>cudnnNanPropagation_t</c>; the fused forward pass takes no other than this one.</summary>
internal enum CudnnNanPropagation
{
    NotPropagate = 0,
}

/// <summary><c>cudnnDeterminism_t</c>.</summary>
internal enum CudnnDeterminism
{
    NonDeterministic = 0,
    Deterministic = 1,
}
