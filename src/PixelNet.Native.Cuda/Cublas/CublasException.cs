namespace PixelNet.Native.Cuda.Cublas;

/// <summary>A call of cuBLAS failed, told in one sentence: which call, on what, the library's own words.</summary>
/// <param name="message">One sentence.</param>
public sealed class CublasException(string message) : PixelNetException(message);
