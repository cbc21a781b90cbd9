namespace PixelNet.Native.Cli;

/// <summary>What the process returns.</summary>
internal static class ExitCodes
{
    /// <summary>The work is done.</summary>
    public const int Ok = 0;

    /// <summary>The work failed; one sentence on standard error says why.</summary>
    public const int Failed = 1;

    /// <summary>The call was wrong: unknown verb, option or value.</summary>
    public const int WrongCall = 2;

    /// <summary>Stopped by Ctrl-C after saving (128 + SIGINT, as shells report it).</summary>
    public const int Interrupted = 130;
}
