using System.Diagnostics;
using PixelNet.Native.KernelBench.Results;
using PixelNet.Native.KernelBench.Rows;
using Xunit;

namespace PixelNet.Native.KernelBench.Tests;

/// <summary>The archive for a GPU machine as it is used there: built, unpacked into an empty folder, run without an SDK; and the peers' script.</summary>
[Trait("Category", "All")]
public sealed class BundleTests : IDisposable
{
    private const long MostBytes = 60L << 20;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gpu-bundle-");

    [Fact]
    public void The_bundle_is_small_and_runs_without_an_sdk()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/bin/bash"), "the bundle is for linux-x64");
        Succeeds(Run(Root(), null, "bash", "build.sh", "gpu-bundle"));
        string archive = Path.Combine(Root(), "artifacts", "pixelnet-gpu.tar.gz");
        Assert.InRange(new FileInfo(archive).Length, 1 << 20, MostBytes);
        Succeeds(Run(_folder.FullName, null, "tar", "-xzf", archive));

        // Without a driver it says so, at once.
        if (!NativeLibraryIsThere())
        {
            var (exit, output) = Run(_folder.FullName, Bare(), "bash", "pixelnet-gpu/run-gpu.sh", "none");
            Assert.True(exit == 1, output);
            Assert.Contains("no GPU: ", output, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        }

        var environment = Bare();
        environment["PIXELNET_DRIVER"] = "emulator";
        string text = Succeeds(Run(_folder.FullName, environment, "bash", "pixelnet-gpu/run-gpu.sh", "emulated"));
        Assert.Contains("nothing is timed", text, StringComparison.Ordinal);
        var results = ResultFile.Read(Path.Combine(_folder.FullName, "emulated", "results.json"));
        Assert.True(results.Checks.Count > 80 && results.Checks.All(check => check.Passed));
        Assert.True(results.Rows.Count > 100 && results.Rows.All(row => row is { Fault: null, Timing: null }));
        Assert.Equal("emulator", results.Device!.Name);
        Assert.Matches("^([0-9a-f]{40}|unknown)$", results.Device.Commit);
        Assert.Contains("| gather A forward |", File.ReadAllText(Path.Combine(_folder.FullName, "emulated", "results.md")), StringComparison.Ordinal);
    }

    /// <summary>The peers' script with tiny shapes on the CPU: its rows are those of the benchmark, its file can be merged.</summary>
    [Fact]
    public void The_peers_have_the_same_rows()
    {
        string? python = new[] { "python3", "/usr/bin/python3" }.FirstOrDefault(HasTorch);
        Assert.SkipWhen(python is null, "there is no python3 with PyTorch (on Debian: python3-torch)");
        string file = Path.Combine(_folder.FullName, "peers.json");
        Succeeds(Run(_folder.FullName, null, python!, Path.Combine(AppContext.BaseDirectory, "peers", "pytorch_peer.py"), "--device", "cpu", "--tiny", "--out", file));
        var peers = ResultFile.Read(file);
        string[] ids = [.. new BenchRows(tiny: false).All.Select(row => row.Id), "step deck", "step city", "dense 1024", "dense 256"];
        Assert.All(peers.Rows, row => Assert.True(row.IsPeer && ids.Contains(row.Id), $"the benchmark has no row '{row.Id}'"));
        Assert.All(Target.All.Where(target => target.Peer != "cuDNN"), target => Assert.Contains(peers.Rows, row => (row.Id, row.Precision, row.Impl) == (target.Id, target.Precision, target.Peer)));
        Assert.True(peers.Rows.Count(row => row.Timing is { MedianUs: > 0 }) > 80);
        Assert.Empty(peers.Notes);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    // No SDK, no runtime and nothing of this process: what a fresh machine has.
    private static Dictionary<string, string> Bare() => new() { ["PATH"] = "/usr/bin:/bin", ["HOME"] = "/nonexistent", ["PYTHON"] = "/nonexistent/python3" };

    private static bool NativeLibraryIsThere() => System.Runtime.InteropServices.NativeLibrary.TryLoad("libcuda.so.1", out _);

    private static bool HasTorch(string python)
    {
        try
        {
            return Run(Path.GetTempPath(), null, python, "-c", "import torch").Exit == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static string Succeeds((int Exit, string Output) run)
    {
        Assert.True(run.Exit == 0, run.Output);
        return run.Output;
    }

    private static (int Exit, string Output) Run(string folder, Dictionary<string, string>? environment, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        if (environment is not null)
        {
            start.Environment.Clear();
            foreach (var (name, value) in environment) start.Environment[name] = value;
        }
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }

    private static string Root()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "PixelNet.Native.sln"))) at = at.Parent!;
        return at.FullName;
    }
}
