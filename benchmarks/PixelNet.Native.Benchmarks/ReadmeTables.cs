using System.Text.RegularExpressions;
using PixelNet.Native.KernelBench.Results;

namespace PixelNet.Native.Benchmarks;

/// <summary>
/// <c>bench readme</c>: between <c>&lt;!-- table benchmarks/results/…/NAME.md --&gt;</c> and <c>&lt;!-- end --&gt;</c> the README holds the tables of that file, which
/// a benchmark wrote; no number is copied by hand. What is known of GPUs is made from each <c>benchmarks/results/DEVICE/results.json</c> (<see cref="ReadmeSection"/>).
/// </summary>
internal static partial class ReadmeTables
{
    public static string Run()
    {
        string root = Root(), readme = Path.Combine(root, "README.md");
        string text = File.ReadAllText(readme).ReplaceLineEndings("\n");
        string filled = Block().Replace(text, match => $"<!-- table {match.Groups[1].Value} -->\n{TablesOf(Path.Combine(root, match.Groups[1].Value))}<!-- end -->");
        filled = ReadmeSection.Fill(filled, Path.Combine(root, "benchmarks", "results"));
        File.WriteAllText(readme + ".new", filled);
        File.Move(readme + ".new", readme, overwrite: true);
        return filled == text ? "README.md is as its results say\n" : "README.md has new tables\n";
    }

    private static string TablesOf(string file)
    {
        if (!File.Exists(file)) throw new PixelNetException($"README.md names {file}, which does not exist; run the benchmark that writes it");
        return string.Concat(File.ReadLines(file).Where(line => line.StartsWith('|')).Select(line => line + "\n"));
    }

    private static string Root()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, "PixelNet.Native.sln"))) return folder;
        throw new PixelNetException("bench readme works in a clone of the project only");
    }

    [GeneratedRegex(@"<!-- table (benchmarks/results/[\w./-]+\.md) -->\n(?s:.*?)<!-- end -->")]
    private static partial Regex Block();
}
