using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Xunit;

namespace PixelNet.Native.Cli.Tests;

/// <summary>The program compiled ahead of time, as users publish it: the same vectors, the same bytes and the same speed as the JIT's.</summary>
public partial class AheadOfTimeTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    private const int Rounds = 3, Steps = 12;
    private const double SlowestRatio = 1.3;

    [Fact, Trait("Category", "All")]
    public void ReadyToRun_and_native_builds_train_as_the_JIT_does()
    {
        string build = tiny.NewPath("build"), jit = Path.Combine(AppContext.BaseDirectory, "pixelnet.dll"), name = OperatingSystem.IsWindows() ? "pixelnet.exe" : "pixelnet";
        (string Program, string[] Start)[] contenders =
        [
            ("dotnet", [jit]),
            (Path.Combine(Publish(build, "PublishReadyToRun"), name), []),
            (Path.Combine(Publish(build, "PublishAot"), name), []),
        ];
        var fastest = new TimeSpan[contenders.Length];
        var results = new string[contenders.Length];
        Array.Fill(fastest, TimeSpan.MaxValue);
        for (int round = 0; round < Rounds; round++)
            for (int i = 0; i < contenders.Length; i++)
            {
                var (program, start) = contenders[i];
                string folder = tiny.NewPath("run");
                var watch = Stopwatch.StartNew();
                var (exit, output) = Run(program, [.. start, "train", "--preset", "demo", "--data", tiny.Data, "--out", folder, "--backend", "cpu", "--val-split", "none", "--set", $"schedule.steps={Steps}"]);
                if (watch.Elapsed < fastest[i]) fastest[i] = watch.Elapsed;
                Assert.True(exit == 0, output);
                // The level first, since it says why the bytes differ.
                results[i] = Level().Match(output).Value + " " + Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, "last.safetensors"))));
            }
        Assert.StartsWith("backend cpu (", results[0]);
        for (int i = 1; i < contenders.Length; i++)
        {
            Assert.Equal(results[0], results[i]);
            Assert.True(fastest[i] < SlowestRatio * fastest[0], $"{contenders[i].Program}: {fastest[i]} for {Steps} steps where the JIT takes {fastest[0]}");
        }
    }

    // The folder that the program was published to; skips the test where that takes packages or a linker that are not here.
    private static string Publish(string build, string how)
    {
        string folder = Path.Combine(build, how);
        var (exit, output) = Run("dotnet", ["publish", Path.Combine(RepositoryRoot(), "src", "PixelNet.Native.Cli"), "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier, $"-p:{how}=true",
            "--artifacts-path", build, "-o", folder, "-v", "quiet", "-m:1"]);
        if (exit != 0 && Missing().Match(output) is { Success: true } missing) Assert.Skip($"{how} needs what is not on this machine: {missing.Value}");
        Assert.True(exit == 0, output);
        return folder;
    }

    private static (int Exit, string Output) Run(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "PixelNet.Native.sln"))) folder = folder.Parent!;
        return folder.FullName;
    }

    [GeneratedRegex(@"^backend cpu \([a-z0-9]+\).*?(?=;)", RegexOptions.Multiline)]
    private static partial Regex Level();

    // A package that cannot be restored, or no linker.
    [GeneratedRegex(@"error (NU1101|NU1102|NU1301|NU1303)\b.*|Platform linker .* not found.*")]
    private static partial Regex Missing();
}
