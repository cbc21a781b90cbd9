namespace PixelNet.Native.Cuda.Cudnn;

/// <summary>A pass of a convolution.</summary>
internal enum ConvolutionPass
{
    Forward,
    BackwardInput,
    BackwardWeight,
}
