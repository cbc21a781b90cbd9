namespace PixelNet.Native.Cuda;

/// <summary>Who computes convolutions.</summary>
public enum ConvolutionLibrary
{
    /// <summary>The kernels of <c>kernels/conv2d</c>.</summary>
    Own,

    /// <summary>cuDNN; it is an error if it is not there.</summary>
    Cudnn,

    /// <summary>cuDNN where it is there and fits, else the own kernels; <see cref="CudaBackendOptions.Note"/> hears which, and why. The emulator takes the own ones.</summary>
    Auto,
}
