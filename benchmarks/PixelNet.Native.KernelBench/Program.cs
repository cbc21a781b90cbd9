using PixelNet.Native;
using PixelNet.Native.KernelBench;
using PixelNet.Native.KernelBench.Parts;
using PixelNet.Native.KernelBench.Results;

// PixelNet.Native.KernelBench PART --out DIR [--seconds N] [--filter TEXT]   measures one part into DIR/PART.json: correctness, ceilings, kernels, step, dense
// PixelNet.Native.KernelBench device --out DIR                               what would be measured; ends with 1 and the reason where there is no GPU
// PixelNet.Native.KernelBench table --out DIR                                all parts of DIR as results.json and results.md
//
// On a GPU; with PIXELNET_DRIVER=emulator on the emulated one, with tiny shapes, untimed.
string? Option(string name) => Array.IndexOf(args, name) is >= 0 and var i && i + 1 < args.Length ? args[i + 1] : null;
string part = args.FirstOrDefault() ?? "";
if (!BenchParts.Names.Contains(part) && part != "table" || Option("--out") is not { } folder || Option("--seconds") is { } text && (!int.TryParse(text, out int given) || given < 1))
{
    Console.Error.WriteLine($"usage: PART --out DIR [--seconds N] [--filter TEXT], or table --out DIR; parts: {string.Join(", ", BenchParts.Names)}");
    return 2;
}
try
{
    Directory.CreateDirectory(folder);
    if (part == "table")
    {
        var all = ResultFile.Merge(folder, [.. BenchParts.Names, "peers"]);
        all.Write(Path.Combine(folder, "results.json"));
        string table = ResultTable.Of(all);
        PixelNet.Native.Data.AtomicFile.WriteText(Path.Combine(folder, "results.md"), table);
        Console.Write(table);
        return all.Checks.All(check => check.Passed) && all.Rows.All(row => row.Fault is null) ? 0 : 1;
    }
    using var driver = Device.Open();
    var budget = new TimeBudget(TimeSpan.FromSeconds(Option("--seconds") is { } seconds ? int.Parse(seconds, System.Globalization.CultureInfo.InvariantCulture) : 3600));
    var file = BenchParts.Run(part, driver, Device.IsEmulated, budget, Option("--filter") ?? "", folder, Console.Out);
    file.Write(Path.Combine(folder, part + ".json"));
    foreach (string note in file.Notes) Console.WriteLine($"note: {note}");
    int failed = file.Checks.Count(check => !check.Passed) + file.Rows.Count(row => row.Fault is not null);
    if (part == "device") Console.WriteLine($"{file.Device!.Name}, compute capability {file.Device.ComputeCapability}, commit {file.Device.Commit}");
    else Console.WriteLine($"{part}: {file.Checks.Count} checks and {file.Rows.Count} rows, {failed} failed");
    return failed == 0 ? 0 : 1;
}
catch (Exception failure) when (failure is PixelNetException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"error: {failure.Message}");
    return 1;
}
