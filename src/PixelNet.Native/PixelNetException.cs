namespace PixelNet.Native;

/// <summary>
/// A failure that a person can act on: the message is one sentence that says what, where, what was expected and what to do.
/// The command line prints the message alone and ends with code 1.
/// </summary>
public class PixelNetException : Exception
{
    /// <summary>A failure with its sentence.</summary>
    public PixelNetException(string message) : base(message) { }

    /// <summary>A failure with its sentence and what caused it.</summary>
    public PixelNetException(string message, Exception cause) : base(message, cause) { }
}
