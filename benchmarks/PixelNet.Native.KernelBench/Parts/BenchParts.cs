using System.Globalization;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.KernelBench.Results;

namespace PixelNet.Native.KernelBench.Parts;

/// <summary>The parts of a measurement; each is a process of its own and leaves a file of its own, so that what goes wrong in one costs no other.</summary>
internal static class BenchParts
{
    /// <summary>In the order in which they are run.</summary>
    public static IReadOnlyList<string> Names { get; } = ["device", "correctness", "ceilings", "kernels", "step", "dense"];

    /// <summary>Runs one.</summary>
    public static ResultFile Run(string part, ICudaDriver driver, bool emulated, TimeBudget budget, string filter, TextWriter text) => part switch
    {
        "device" => new ResultFile { Device = Device.Describe(driver) },
        "correctness" => CorrectnessPart.Run(driver, emulated, budget, check => text.WriteLine($"{(check.Passed ? "ok    " : "FAILED")} {check.Name}: {check.Detail}")),
        "ceilings" => CeilingsPart.Run(driver, !emulated),
        "kernels" => KernelsPart.Run(driver, !emulated, filter, budget, Show),
        "step" => StepPart.Run(driver, emulated, budget, Show),
        "dense" => DensePart.Run(driver, emulated, budget, Show),
        _ => throw new ArgumentException($"there is no part '{part}'"),
    };

    private static void Show(ResultRow row) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{row.Id,-40} {row.Precision} {row.Impl,-36} {(row.Timing is { } t ? $"{t.MedianUs,12:F1} us (min {t.MinUs:F1}, IQR {t.IqrUs:F1})" : row.Fault ?? row.Note ?? "right"),-30}"));
}
