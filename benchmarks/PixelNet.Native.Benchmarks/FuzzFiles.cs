using System.Globalization;
using System.Text;
using PixelNet.Native.Weights.Tests.Fuzzing;

namespace PixelNet.Native.Benchmarks;

/// <summary><c>bench fuzz</c>: damaged files of every format, many more than the tests read; the table is committed as benchmarks/results/fuzz.md.</summary>
internal static class FuzzFiles
{
    public static int Run(string[] args)
    {
        int inputs = Number(args, "--inputs", 13_000), seed = Number(args, "--seed", 1);
        var text = new StringBuilder();
        text.AppendLine("| format | damaged files | refused with one sentence | read to the end | slowest, ms | most bytes beyond 2 x file + declared | faults |");
        text.AppendLine("|---|---|---|---|---|---|---|");
        var faults = new List<(string What, byte[] File)>();
        int all = 0;
        foreach (var target in FuzzTargets.Weights.Concat(FuzzTargets.Others))
        {
            Console.Error.WriteLine($"{target.Name} …");
            var counts = Watched(target, inputs, seed);
            faults.AddRange(counts.Faults);
            all += counts.Inputs;
            text.AppendLine(string.Create(CultureInfo.InvariantCulture,
                $"| {counts.Name} | {counts.Inputs:N0} | {counts.Refused:N0} | {counts.Inputs - counts.Refused - counts.Faults.Count:N0} | {counts.SlowestMs:F0} | {Math.Max(0, counts.LargestExcess):N0} | {counts.Faults.Count} |"));
        }
        text.AppendLine().AppendLine(string.Create(CultureInfo.InvariantCulture,
            $"{all:N0} files, seed {seed}. A fault is any exception but the one that is a sentence, a message of several lines, more than {Fuzzer.MostSeconds:F0} s, or more than {Fuzzer.Buffers:N0} bytes beyond twice the file and what it declares."));
        foreach (var (what, _) in faults.Take(50)) text.AppendLine(what);
        Console.Write(text);
        if (Array.IndexOf(args, "--save") is >= 0 and var save && save + 1 < args.Length)
            for (int i = 0; i < faults.Count; i++) File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(args[save + 1]).FullName, $"fault{i}"), faults[i].File);
        return faults.Count == 0 ? 0 : 1;
    }

    // A reader that never comes back is found too: the format and the seed are known then.
    private static FuzzCounts Watched(FuzzTarget target, int inputs, int seed)
    {
        FuzzCounts? counts = null;
        var worker = new Thread(() => counts = Fuzzer.Run(target, inputs, seed)) { IsBackground = true };
        worker.Start();
        if (!worker.Join(TimeSpan.FromMinutes(10))) return new FuzzCounts(target.Name, 0, 0, double.PositiveInfinity, 0, [($"{target.Name}, seed {seed}: hangs", [])]);
        return counts!;
    }

    private static int Number(string[] args, string option, int otherwise)
    {
        int at = Array.IndexOf(args, option);
        return at >= 0 && at + 1 < args.Length && int.TryParse(args[at + 1], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : otherwise;
    }
}
