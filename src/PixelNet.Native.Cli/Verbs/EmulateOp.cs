using System.Globalization;
using PixelNet.Native.Cli.Emulation;
using PixelNet.Native.Cuda;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.Data.Presets;
using PixelNet.Native.Diagnostics;
using PixelNet.Native.Diagnostics.Cases;
using PixelNet.Native.Ptx;
using PixelNet.Native.Ptx.Tracing;

namespace PixelNet.Native.Cli.Verbs;

/// <summary><c>pixelnet emulate --op KERNEL</c>: a kernel that ships, launched by the GPU backend on the cases of its op, compared with the reference and watched by all observers.</summary>
internal static class EmulateOp
{
    /// <summary>The first case of the op.</summary>
    public const string Small = "small";

    private const string Every = "all";

    public static int Run(string kernel, string which, ulong seed, long limit, EmulationOutput output)
    {
        var pass = KernelCatalogue.Passes.FirstOrDefault(p => p.Name == kernel || p.Entries.Any(e => e.Name == kernel)) ?? throw Unknown(kernel);
        string entry = pass.Name == kernel ? pass.DefaultEntry.Name : kernel;
        var cases = Cases(pass, which);
        var reports = new List<LaunchReport>();
        var driver = new EmulatedCudaDriver(new EmulatedCudaDriverOptions
        {
            Observers = Observers.All,
            Seed = seed,
            InstructionLimit = limit,
            Launched = report =>
            {
                if (report.Kernel == entry) reports.Add(report);
            },
        });
        using var backend = new CudaBackend(driver, new CudaBackendOptions { Kernels = [entry] });
        var tolerance = entry.Contains("_tf32_", StringComparison.Ordinal) ? CaseTolerance.Tf32 : null;
        var rows = new List<CheckRow>();
        try
        {
            foreach (var c in cases) rows.AddRange(ParityCheck.Of(c, backend, tolerance));
        }
        catch (CudaException) when (reports.Any(report => report.Fault is not null))
        {
            // The fault is among the findings.
        }
        if (reports.Count == 0) throw new WrongCallException($"{(cases.Length == 1 ? $"the case '{cases[0].Name}'" : "no case")} of {cases[0].Op} launches {entry}; --case all runs every case");
        var sum = LaunchReport.Sum(reports);
        string[] about = [$"{reports.Count} launch{(reports.Count == 1 ? "" : "es")} in {cases.Length} case{(cases.Length == 1 ? "" : "s")} of {cases[0].Op}: {string.Join("; ", cases.Take(6).Select(c => c.Name))}{(cases.Length > 6 ? "; …" : "")}", Result(rows)];
        var (source, lines) = Source(entry);
        output.Write(sum, about, source, lines);
        return sum.IsClean && rows.All(row => row.Passed) ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static string Result(List<CheckRow> rows)
    {
        if (rows.Count == 0) return "results were not compared: the kernel failed";
        if (rows.FirstOrDefault(row => !row.Passed) is { } wrong) return $"results differ from the reference in double: {wrong.Fault}";
        var worst = rows.MaxBy(row => row.Limit > 0 ? row.Error / row.Limit : 0)!;
        return string.Create(CultureInfo.InvariantCulture, $"results equal the reference in double: worst error {worst.Error:0.0e-0} of {worst.Limit:0.0e-0} allowed ({worst.Tensor})");
    }

    private static OpCase[] Cases(KernelPass pass, string which)
    {
        string op = OpCases.All.Select(c => c.Op).Distinct()
            .Where(name => pass.Name.Replace("_", "", StringComparison.Ordinal).StartsWith(name, StringComparison.OrdinalIgnoreCase)).MaxBy(name => name.Length)!;
        var all = OpCases.All.Where(c => c.Op == op).ToArray();
        OpCase[] asked = which switch
        {
            Small => [all.First(c => !c.Long)],
            Every => all,
            _ => [.. all.Where(c => c.Name.Contains(which, StringComparison.OrdinalIgnoreCase))],
        };
        return asked.Length > 0 ? asked : throw new WrongCallException($"{op} has no case '{which}'; cases: {Small}, {Every}, {string.Join(", ", all.Select(c => c.Name))}");
    }

    private static WrongCallException Unknown(string kernel)
    {
        var names = KernelCatalogue.Passes.Select(pass => pass.Name).Concat(KernelCatalogue.Entries.Select(entry => entry.Name)).ToArray();
        string plain = kernel.Replace("_", "", StringComparison.Ordinal);
        var near = names.Where(name => name.Replace("_", "", StringComparison.Ordinal).StartsWith(plain, StringComparison.OrdinalIgnoreCase)).ToArray();
        return new WrongCallException($"there is no kernel '{kernel}'{Suggestion.For(kernel, names)}; kernels: {string.Join(", ", near.Length > 0 ? near : KernelCatalogue.Passes.Select(pass => pass.Name))}");
    }

    // The sources that the PTX was compiled from are part of this program.
    private static (string Name, string[]? Lines) Source(string entry)
    {
        string name = $"{KernelImages.Of(entry).Name}.cu";
        using var stream = typeof(EmulateOp).Assembly.GetManifestResourceStream($"kernels/{name}");
        if (stream is null) return (name, null);
        using var reader = new StreamReader(stream);
        return (name, reader.ReadToEnd().ReplaceLineEndings("\n").Split('\n'));
    }
}
