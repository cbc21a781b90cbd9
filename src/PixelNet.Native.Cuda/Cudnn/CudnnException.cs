namespace PixelNet.Native.Cuda.Cudnn;

/// <summary>A call of cuDNN failed, told in one sentence: which call, on what, the library's own words.</summary>
/// <param name="message">One sentence.</param>
public sealed class CudnnException(string message) : PixelNetException(message);
