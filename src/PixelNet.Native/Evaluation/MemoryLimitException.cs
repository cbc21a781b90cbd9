namespace PixelNet.Native.Evaluation;

/// <summary>A prediction does not fit into the memory that it may take.</summary>
/// <param name="message">The sentence.</param>
/// <param name="least">Bytes that would do.</param>
public sealed class MemoryLimitException(string message, long least) : PixelNetException(message)
{
    /// <summary>The least limit that works, in bytes.</summary>
    public long Least { get; } = least;
}
