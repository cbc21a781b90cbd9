namespace PixelNet.Native.Cuda.Driver;

/// <summary>A library of NVIDIA's beside the driver, cuDNN or cuBLAS, is not there or does not fit.</summary>
/// <param name="fault">What is wrong.</param>
/// <param name="fix">What to do about it.</param>
public sealed class LibraryException(string fault, string fix) : PixelNetException($"{fault}; {fix}")
{
    /// <summary>What is wrong: the message without <see cref="Fix"/>.</summary>
    public string Fault { get; } = fault;

    /// <summary>What to do about it.</summary>
    public string Fix { get; } = fix;

    /// <summary>Whether the library was nowhere to be found, and not asked for by name: nothing is wrong, it is only not used.</summary>
    public bool IsAbsent { get; init; }
}
