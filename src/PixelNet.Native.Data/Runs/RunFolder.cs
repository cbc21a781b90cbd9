namespace PixelNet.Native.Data.Runs;

/// <summary>The folder of a training run: <c>config.toml</c>, <c>log.csv</c>, <c>last.safetensors</c>, <c>best.safetensors</c>, <c>report.html</c>, and a <c>report-SPLIT.html</c> for each split that was evaluated.</summary>
public sealed class RunFolder
{
    private const string Probe = ".writable.partial";
    private const string EvaluationReports = "report-*.html";
    private static readonly string[] Files = ["config.toml", "log.csv", "last.safetensors", "best.safetensors", "report.html"];

    // What a killed process may leave before its run has begun.
    private static readonly string[] Partials = [.. Files.Select(name => name + ".partial"), Probe];

    private RunFolder(string path) => Path = path;

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The complete configuration: it reproduces the run.</summary>
    public string Config => File("config.toml");

    /// <summary>One row a step.</summary>
    public string Log => File("log.csv");

    /// <summary>The checkpoint to go on from.</summary>
    public string Last => File("last.safetensors");

    /// <summary>The checkpoint of the best validation.</summary>
    public string Best => File("best.safetensors");

    /// <summary>Curves, scores and pictures.</summary>
    public string Report => File("report.html");

    /// <summary>Where an evaluation of a checkpoint on a split is reported: beside the checkpoint.</summary>
    public static string EvaluationReport(string checkpoint, string split) =>
        System.IO.Path.Combine(System.IO.Path.GetDirectoryName(checkpoint) ?? "", EvaluationReports.Replace("*", split, StringComparison.Ordinal));

    /// <summary>Whether a run was begun here.</summary>
    public bool HoldsRun => System.IO.File.Exists(Config);

    /// <summary>Makes a folder for a new run.</summary>
    /// <param name="path">The folder; made if it is not there.</param>
    /// <param name="overwrite">Remove an older run's files; other files stay.</param>
    /// <exception cref="PixelNetException">It is not empty, or cannot be written to.</exception>
    public static RunFolder Create(string path, bool overwrite)
    {
        var folder = Open(path);
        if (!overwrite && Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Select(System.IO.Path.GetFileName).Except(Partials).Any())
            throw new PixelNetException($"The output folder {path} is not empty; name another, go on with its run by --resume, or replace the run by --overwrite");
        Guard(path, () =>
        {
            Directory.CreateDirectory(path);
            foreach (string name in Files.Concat(Partials)) System.IO.File.Delete(folder.File(name));
            foreach (string report in Directory.EnumerateFiles(path, EvaluationReports)) System.IO.File.Delete(report);
            // Found out now rather than at the first checkpoint.
            System.IO.File.WriteAllBytes(folder.File(Probe), []);
            System.IO.File.Delete(folder.File(Probe));
        });
        return folder;
    }

    /// <summary>The folder as it is.</summary>
    public static RunFolder Open(string path)
    {
        if (System.IO.File.Exists(path)) throw new PixelNetException($"The output folder {path} is a file; name a folder");
        return new RunFolder(path);
    }

    private string File(string name) => System.IO.Path.Combine(Path, name);

    private static void Guard(string path, Action action)
    {
        try
        {
            action();
        }
        catch (Exception failure) when (failure is UnauthorizedAccessException or IOException)
        {
            throw new PixelNetException($"The output folder {path} cannot be written to ({failure.Message.TrimEnd('.')}); name another or change its permissions", failure);
        }
    }
}
