namespace PixelNet.Native.Cuda;

/// <summary>Who computes convolutions.</summary>
public enum ConvolutionLibrary
{
    /// <summary>The kernels of <c>kernels/conv2d</c>.</summary>
    Own,

    /// <summary>cuDNN; it is an error if it is not there.</summary>
    Cudnn,

    /// <summary>
    /// In TF32 cuDNN where it is there and fits, else the own kernels; <see cref="CudaBackendOptions.Note"/> hears which, and why. In fp32, where the own kernels are the faster
    /// ones, and on the emulator, these.
    /// </summary>
    Auto,
}
