using System.Diagnostics;
using Xunit;

namespace PixelNet.Native.Cuda.Tests.Stubs;

/// <summary>NVIDIA's own headers, fetched where that can be done: <c>kernels/get-cuda-headers.sh artifacts/cuda-headers</c>.</summary>
internal static class CudaHeaders
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Their folder; skips the test, with the reason, where there are none.</summary>
    public static string Folder()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "PixelNet.Native.sln"))) at = at.Parent;
        Assert.SkipWhen(at is null, "the sources are not here");
        string folder = Path.Combine(at!.FullName, "artifacts", "cuda-headers");
        string include = Path.Combine(folder, "usr", "include");
        if (!File.Exists(Path.Combine(include, "cuda.h")) && File.Exists("/usr/bin/apt-get"))
        {
            using var fetch = Process.Start(new ProcessStartInfo("sh", [Path.Combine(at.FullName, "kernels", "get-cuda-headers.sh"), folder]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            if (!fetch.WaitForExit(Patience)) fetch.Kill(entireProcessTree: true);
        }
        Assert.SkipUnless(File.Exists(Path.Combine(include, "cuda.h")), "NVIDIA's headers are not here and could not be fetched: run kernels/get-cuda-headers.sh artifacts/cuda-headers on Debian (a download of 774 MB)");
        return include;
    }
}
