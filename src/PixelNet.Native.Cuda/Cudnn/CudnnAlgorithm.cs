namespace PixelNet.Native.Cuda.Cudnn;

/// <summary>How cuDNN computes a pass of a convolution.</summary>
/// <param name="Number">The algorithm, a number of its pass.</param>
/// <param name="MathType">What the descriptor has to say when it is used.</param>
/// <param name="WorkspaceBytes">Workspace that it needs.</param>
internal readonly record struct CudnnAlgorithm(int Number, cudnnMathType_t MathType, long WorkspaceBytes)
{
    /// <summary><c>CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM</c>: the only one that adds a bias without a ReLU.</summary>
    public const int ImplicitPrecompGemm = 1;
}
