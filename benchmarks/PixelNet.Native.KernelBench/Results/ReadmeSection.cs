using System.Text;

namespace PixelNet.Native.KernelBench.Results;

/// <summary>
/// What the README says of GPUs, between <c>&lt;!-- gpu results --&gt;</c> and <c>&lt;!-- end --&gt;</c>: for each <c>benchmarks/results/DEVICE/results.json</c> the device,
/// its targets and the time of a training step, or, where there is none, that nothing was run on hardware.
/// </summary>
public static class ReadmeSection
{
    /// <summary>The line before it.</summary>
    public const string Start = "<!-- gpu results -->";

    /// <summary>The line after it.</summary>
    public const string End = "<!-- end -->";

    private const string NoResults = "**Not run on hardware.** No results of a GPU are committed: what is said of GPUs here is known from an emulated device, which gives verdicts and counts, never\n"
        + "milliseconds. `./build.sh gpu-bundle` packs what a single run on a GPU machine needs; its results belong into `benchmarks/results/DEVICE/`.\n";

    /// <summary>A page with its section made anew; a page without one stays as it is.</summary>
    /// <param name="page">Text, lines ended by \n.</param>
    /// <param name="results">The folder of all results.</param>
    /// <exception cref="PixelNetException">A file of results is damaged.</exception>
    public static string Fill(string page, string results)
    {
        int start = page.IndexOf(Start + "\n", StringComparison.Ordinal), end = start < 0 ? -1 : page.IndexOf(End, start, StringComparison.Ordinal);
        return end < 0 ? page : page[..(start + Start.Length + 1)] + Of(results) + page[end..];
    }

    private static string Of(string results)
    {
        string[] files = Directory.Exists(results) ? [.. Directory.GetDirectories(results).Select(folder => Path.Combine(folder, "results.json")).Where(File.Exists).Order(StringComparer.Ordinal)] : [];
        if (files.Length == 0) return NoResults;
        var text = new StringBuilder();
        foreach (string path in files)
        {
            var file = ResultFile.Read(path);
            if (file.Device is not { } device) throw new PixelNetException($"{path} names no device");
            string folder = Path.GetFileName(Path.GetDirectoryName(path))!;
            text.Append($"On {device.Name} (driver for CUDA {device.CudaVersion}, cuDNN {device.Cudnn ?? "not there"}, cuBLAS {device.Cublas ?? "not there"}; {Peer(file)}), commit {Short(device.Commit)}; {file.Checks.Count(check => check.Passed)} of {file.Checks.Count} checks passed. [All rows](benchmarks/results/{folder}/results.md).\n\n");
            text.Append(ResultTable.TargetSummary(file)).Append('\n').Append(ResultTable.StepTable(file.Rows)).Append('\n');
        }
        return text.ToString().TrimEnd('\n') + "\n";
    }

    // Its settings are in the table of all rows.
    private static string Peer(ResultFile file) => file.Peers?.Split(" on ", 2)[0] ?? "no peers";

    private static string Short(string commit) => commit.Length > 7 ? commit[..7] : commit;
}
