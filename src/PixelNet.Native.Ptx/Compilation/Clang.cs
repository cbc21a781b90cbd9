using System.Diagnostics;

namespace PixelNet.Native.Ptx.Compilation;

/// <summary>Clang as a CUDA compiler without CUDA: <c>cuda_for_clang.h</c> declares what kernels expect, and PTX is the assembly it writes.</summary>
internal static class Clang
{
    private const int NewestKnown = 24, OldestKnown = 14;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Path of the newest clang++ on <c>PATH</c>, or null.</summary>
    public static string? Find()
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var names = Enumerable.Range(0, NewestKnown - OldestKnown + 1).Select(i => $"clang++-{NewestKnown - i}").Append("clang++");
        string suffix = OperatingSystem.IsWindows() ? ".exe" : "";
        return names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name + suffix))).FirstOrDefault(File.Exists);
    }

    /// <summary>Compiles a source.</summary>
    /// <exception cref="InvalidDataException">It does not compile; the message holds clang's.</exception>
    public static string Compile(string clang, string path, string target, IReadOnlyList<string> options)
    {
        string folder = Directory.CreateTempSubdirectory("pixelnet-clang").FullName;
        try
        {
            string header = Path.Combine(folder, "cuda_for_clang.h"), output = Path.Combine(folder, "kernel.ptx");
            using (var from = typeof(Clang).Assembly.GetManifestResourceStream("cuda_for_clang.h")!)
            using (var to = File.Create(header)) from.CopyTo(to);
            foreach (var (name, text) in CudaCompiler.Headers) File.WriteAllText(Path.Combine(folder, name), text);
            string[] arguments =
            [
                "-x", "cuda", "--cuda-device-only", $"--cuda-gpu-arch={target.Replace("compute_", "sm_", StringComparison.Ordinal)}", "-nocudainc", "-nocudalib",
                "-nostdinc", "-nostdinc++", "-std=c++17", "-O3", "-gline-directives-only", "-fdeclspec", "-ffp-contract=fast", "-Wno-unknown-cuda-version",
                "-Xclang", "-target-feature", "-Xclang", "+ptx75", "-I", folder, "-include", header, .. options, "-S", path, "-o", output,
            ];
            Run(clang, arguments);
            return CudaCompiler.ReadableVersion(File.ReadAllText(output));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Run(string clang, string[] arguments)
    {
        var start = new ProcessStartInfo(clang, arguments) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            throw new InvalidDataException($"{clang} did not end within {Patience.TotalMinutes} minutes.");
        }
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidDataException(errors.Result.Trim() is { Length: > 0 } said ? said : output.Result.Trim());
    }
}
