namespace PixelNet.Native.Cuda.Driver;

/// <summary>A call of the CUDA driver failed, told in one sentence: which call, on what, why.</summary>
public sealed class CudaException : PixelNetException
{
    /// <summary>A failure.</summary>
    /// <param name="message">One sentence.</param>
    public CudaException(string message) : base(message) => Fault = message;

    /// <summary>Something that is missing before a GPU can be used, and how to get it.</summary>
    /// <param name="fault">What is missing.</param>
    /// <param name="fix">What to do.</param>
    public CudaException(string fault, string fix) : base($"{fault}; {fix}") => (Fault, Fix) = (fault, fix);

    /// <summary>A failure with its cause.</summary>
    /// <param name="message">One sentence.</param>
    /// <param name="cause">Where it came from.</param>
    public CudaException(string message, Exception cause) : base(message, cause) => Fault = message;

    /// <summary>What is wrong: the message without <see cref="Fix"/>.</summary>
    public string Fault { get; }

    /// <summary>What to do about it, where that is known.</summary>
    public string? Fix { get; }
}
