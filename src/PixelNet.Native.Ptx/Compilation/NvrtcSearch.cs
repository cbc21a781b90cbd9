namespace PixelNet.Native.Ptx.Compilation;

/// <summary>
/// Where NVRTC is looked for: <c>PIXELNET_NVRTC</c>, the pinned 11.8 that <c>./build.sh kernels</c> fetches to <c>artifacts/nvrtc</c> of the project, then a
/// CUDA toolkit's own (<c>CUDA_PATH</c>, <c>CUDA_HOME</c>, <c>/usr/local/cuda</c>, <c>PATH</c> on Windows).
/// </summary>
public static class NvrtcSearch
{
    /// <summary>Environment variable that names the library's file.</summary>
    public const string Variable = "PIXELNET_NVRTC";

    /// <summary>Path of the library, or null if there is none.</summary>
    /// <exception cref="InvalidDataException"><c>PIXELNET_NVRTC</c> names a file that does not exist.</exception>
    public static string? Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
            return File.Exists(named) ? named : throw new InvalidDataException($"{Variable} names {named}, which does not exist; let it name libnvrtc.so.11.2 or unset it.");
        return Fetched() ?? Toolkit();
    }

    // The program lies somewhere below the project's root, which holds the script that fetches the library.
    private static string? Fetched()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "kernels", "get-nvrtc.sh"))) continue;
            string path = Path.Combine(folder.FullName, "artifacts", "nvrtc", "usr", "lib", "x86_64-linux-gnu", "libnvrtc.so.11.2");
            return File.Exists(path) ? path : null;
        }
        return null;
    }

    private static string? Toolkit()
    {
        var roots = new List<string?> { Environment.GetEnvironmentVariable("CUDA_PATH"), Environment.GetEnvironmentVariable("CUDA_HOME") };
        if (OperatingSystem.IsWindows()) roots.AddRange((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator));
        else roots.Add("/usr/local/cuda");
        string[] folders = OperatingSystem.IsWindows() ? ["", "bin", Path.Combine("bin", "x64")] : ["lib64", Path.Combine("targets", "x86_64-linux", "lib"), Path.Combine("targets", "sbsa-linux", "lib")];
        string pattern = OperatingSystem.IsWindows() ? "nvrtc64_*.dll" : "libnvrtc.so.*";
        return roots.Where(root => !string.IsNullOrWhiteSpace(root))
            .SelectMany(root => folders.Select(folder => Path.Combine(root!, folder)))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.GetFiles(folder, pattern).Where(file => !file.Contains(".alt", StringComparison.Ordinal)).OrderDescending(StringComparer.Ordinal))
            .FirstOrDefault();
    }
}
