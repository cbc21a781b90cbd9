namespace PixelNet.Native.Cuda.Cublas;

/// <summary><c>cublasOperation_t</c>.</summary>
internal enum CublasOperation
{
    None = 0,
    Transpose = 1,
}

/// <summary><c>cublasMath_t</c>. The default one computes fp32 in fp32.</summary>
internal enum CublasMath
{
    Default = 0,
    Tf32TensorOp = 3,
}
