namespace PixelNet.Native.Cuda.Driver;

/// <summary>A call of the CUDA driver failed, told in one sentence: which call, on what, why.</summary>
public sealed class CudaException : PixelNetException
{
    /// <summary>A failure.</summary>
    /// <param name="message">One sentence.</param>
    public CudaException(string message) : base(message)
    {
    }

    /// <summary>A failure with its cause.</summary>
    /// <param name="message">One sentence.</param>
    /// <param name="cause">Where it came from.</param>
    public CudaException(string message, Exception cause) : base(message, cause)
    {
    }
}
