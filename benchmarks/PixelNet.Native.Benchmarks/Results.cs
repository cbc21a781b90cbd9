using System.Diagnostics;
using System.Runtime.InteropServices;

namespace PixelNet.Native.Benchmarks;

/// <summary>What a committed result says about where it comes from.</summary>
internal static class Results
{
    /// <summary>The commit that was measured, with a + where files differ from it.</summary>
    public static string Commit() => $"{Git("rev-parse", "--short", "HEAD")}{(Git("status", "--porcelain", "--untracked-files=no", "--", ":/src", ":/benchmarks/PixelNet.Native.Benchmarks").Length > 0 ? "+" : "")}";

    /// <summary>Processor, system and runtime.</summary>
    public static string Machine() => $"{Environment.ProcessorCount} cores of {Processor()}, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}";

    /// <summary>Replaces a file by what <paramref name="change"/> makes of its text.</summary>
    public static void Write(string path, Func<string, string> change)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        string text = change(File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : "");
        File.WriteAllText(path + ".new", text);
        File.Move(path + ".new", path, overwrite: true);
    }

    private static string Processor() => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").First(line => line.StartsWith("model name", StringComparison.Ordinal)).Split(':', 2)[1].Trim()
        : RuntimeInformation.ProcessArchitecture.ToString();

    private static string Git(params string[] arguments)
    {
        var start = new ProcessStartInfo("git", arguments) { RedirectStandardOutput = true, WorkingDirectory = AppContext.BaseDirectory };
        using var git = Process.Start(start)!;
        return git.StandardOutput.ReadToEnd().Trim();
    }
}
