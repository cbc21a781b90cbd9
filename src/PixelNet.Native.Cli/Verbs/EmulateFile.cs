using System.Globalization;
using PixelNet.Native.Cli.Emulation;
using PixelNet.Native.Ptx;
using PixelNet.Native.Ptx.Execution;
using PixelNet.Native.Ptx.Tracing;

namespace PixelNet.Native.Cli.Verbs;

/// <summary><c>pixelnet emulate FILE</c>: any PTX or CUDA source, with all observers.</summary>
internal static class EmulateFile
{
    /// <summary>Warp instructions: some tens of seconds.</summary>
    public const long DefaultLimit = 1_000_000_000;

    /// <summary>The call as it was written.</summary>
    public sealed record Call(string Path, string? Entry, string Grid, string Block, int Shared, ulong Seed, IReadOnlyList<string> Arguments, long Limit,
        IReadOnlyList<string> CompilerOptions, string? KeepPtx);

    public static int Run(Call call, EmulationOutput output)
    {
        Dim3 grid = Extents("--grid", call.Grid), block = Extents("--block", call.Block);
        if (call.Limit < 1) throw new WrongCallException($"--limit {call.Limit} is not positive");
        var file = KernelFile.Open(call.Path, call.CompilerOptions, call.KeepPtx);
        var entry = call.Entry is not null ? file.Entry(call.Entry) : file.Module.Entries is [var only] ? only
            : throw new WrongCallException($"{call.Path} has {file.Module.Entries.Count} kernels; name one with --entry: {string.Join(", ", file.Module.Entries.Take(20).Select(e => e.Name))}");
        var arguments = ArgumentBinding.Check(entry, call.Arguments);
        var report = Launch(file.Module, entry, arguments, call, grid, block);
        string[] about =
        [
            $"{call.Path}{(file.Compiler is null ? "" : $", compiled by {file.Compiler}")}",
            $"grid {grid}, block {block}{(call.Shared > 0 ? $", {call.Shared} bytes of dynamic shared memory" : "")}, seed {call.Seed}",
        ];
        output.Write(report, about, System.IO.Path.GetFileName(call.Path), file.Compiler is null ? null : File.ReadAllLines(call.Path));
        return report.IsClean ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static LaunchReport Launch(PtxModule module, PtxEntry entry, ArgumentBinding arguments, Call call, Dim3 grid, Dim3 block)
    {
        try
        {
            // Never more than half of the machine's memory, whatever the arguments ask for.
            using var device = new EmulatedDevice(new EmulatedDeviceOptions { MemoryBytes = Math.Min(16L << 30, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2) });
            var kernel = device.Load(module).GetKernel(entry.Name);
            var report = device.Launch(kernel, grid, block, arguments.Upload(device), call.Shared, Observers.All, call.Seed, call.Limit);
            arguments.WriteOutputs(device);
            return report;
        }
        catch (PtxException failure)
        {
            throw new WrongCallException(failure.Message.TrimEnd('.'));
        }
    }

    private static Dim3 Extents(string option, string text)
    {
        string[] parts = text.Split(',');
        Span<int> extents = [1, 1, 1];
        bool isRight = parts.Length <= 3;
        for (int i = 0; i < parts.Length && isRight; i++) isRight = int.TryParse(parts[i], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out extents[i]);
        return isRight ? new Dim3(extents[0], extents[1], extents[2]) : throw new WrongCallException($"{option} {text} is not X[,Y[,Z]] in whole numbers");
    }
}
