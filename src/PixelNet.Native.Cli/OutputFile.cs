namespace PixelNet.Native.Cli;

/// <summary>Files that an option names to write to.</summary>
internal static class OutputFile
{
    /// <summary>Refuses a file that cannot be written, before the work and not after it.</summary>
    /// <param name="option">Such as <c>--json</c>.</param>
    /// <param name="file">Null = the option was not given.</param>
    public static void Require(string option, string? file)
    {
        if (file is null) return;
        if (Directory.Exists(file)) throw new WrongCallException($"{option} {file} is a folder; name a file in it");
        if (Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder && !Directory.Exists(folder))
            throw new WrongCallException($"{option} {file} lies in a folder that does not exist; make the folder or name another");
    }
}
