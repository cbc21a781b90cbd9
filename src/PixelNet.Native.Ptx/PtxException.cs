namespace PixelNet.Native.Ptx;

/// <summary>
/// PTX text or a launch that the emulator does not accept, told in one sentence. <see cref="Line"/> is the PTX line it concerns.
/// </summary>
public sealed class PtxException : Exception
{
    /// <summary>An error that concerns no particular line.</summary>
    /// <param name="message">One sentence: what, where, expected, what to do.</param>
    public PtxException(string message) : base(message)
    {
    }

    /// <summary>An error at a PTX line; the message is prefixed with it.</summary>
    /// <param name="line">PTX line, counted from 1.</param>
    /// <param name="message">One sentence: what, expected, what to do.</param>
    public PtxException(int line, string message) : base($"PTX line {line}: {message}")
    {
        Line = line;
    }

    /// <summary>PTX line, counted from 1; 0 if the error concerns no line.</summary>
    public int Line { get; }
}
