using System.Diagnostics;
using System.Globalization;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.KernelBench.Results;

namespace PixelNet.Native.KernelBench.Parts;

/// <summary>The parts of a measurement; each is a process of its own and leaves a file of its own, so that what goes wrong in one costs no other.</summary>
internal static class BenchParts
{
    private static readonly TimeSpan BetweenSaves = TimeSpan.FromSeconds(2);

    /// <summary>In the order in which they are run.</summary>
    public static IReadOnlyList<string> Names { get; } = ["device", "correctness", "ceilings", "kernels", "step", "dense"];

    /// <summary>Runs one.</summary>
    /// <param name="part">Its name.</param>
    /// <param name="driver">The device.</param>
    /// <param name="emulated">Whether it is the emulated one.</param>
    /// <param name="budget">Time that there is.</param>
    /// <param name="filter">Of <c>kernels</c>, only rows whose name holds it.</param>
    /// <param name="folder">Where its file will lie; until then it holds the rows so far, since a kernel may hang.</param>
    /// <param name="text">Hears of each check and row.</param>
    public static ResultFile Run(string part, ICudaDriver driver, bool emulated, TimeBudget budget, string filter, string folder, TextWriter text)
    {
        var rows = new List<ResultRow>();
        var saved = Stopwatch.StartNew();
        string algorithms = Path.Combine(folder, "cudnn-algorithms.txt");
        return part switch
        {
            "device" => new ResultFile { Device = Device.Describe(driver) },
            "correctness" => CorrectnessPart.Run(driver, emulated, budget, check => text.WriteLine($"{(check.Passed ? "ok    " : "FAILED")} {check.Name}: {check.Detail}")),
            "ceilings" => CeilingsPart.Run(driver, !emulated),
            "kernels" => KernelsPart.Run(driver, !emulated, filter, budget, Show, algorithms),
            "step" => StepPart.Run(driver, emulated, budget, Show, algorithms),
            "dense" => DensePart.Run(driver, emulated, budget, Show, algorithms),
            _ => throw new ArgumentException($"there is no part '{part}'"),
        };

        void Show(ResultRow row)
        {
            text.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{row.Id,-40} {row.Precision} {row.Impl,-36} {(row.Timing is { } t ? $"{t.MedianUs,12:F1} us (min {t.MinUs:F1}, IQR {t.IqrUs:F1})" : row.Fault ?? row.Note ?? "right"),-30}"));
            rows.Add(row);
            if (saved.Elapsed < BetweenSaves) return;
            new ResultFile { Rows = rows, Notes = [$"{part}: did not come to its end"] }.Write(Path.Combine(folder, part + ".json"));
            saved.Restart();
        }
    }
}
