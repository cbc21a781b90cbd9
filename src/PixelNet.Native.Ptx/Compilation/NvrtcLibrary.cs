using System.Runtime.InteropServices;

namespace PixelNet.Native.Ptx.Compilation;

/// <summary>Where a library of NVRTC was found.</summary>
public enum NvrtcOrigin
{
    /// <summary>The environment variable <c>PIXELNET_NVRTC</c>.</summary>
    Environment,
    /// <summary>The pinned 11.8 that <c>kernels/get-nvrtc.sh</c> fetched.</summary>
    Pinned,
    /// <summary>A CUDA toolkit of this machine: for trials.</summary>
    Toolkit,
}

/// <summary>A library of NVRTC on this machine.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Origin">Where it was found.</param>
public sealed record NvrtcLibrary(string Path, NvrtcOrigin Origin)
{
    /// <summary>Environment variable that names the library.</summary>
    public const string Variable = "PIXELNET_NVRTC";

    /// <summary>How to get one, in a sentence for who lacks it.</summary>
    public const string HowToGet = "NVRTC was not found: on Debian or Ubuntu run kernels/get-nvrtc.sh artifacts/nvrtc (17 MB, nothing is installed), elsewhere set PIXELNET_NVRTC to libnvrtc.so or nvrtc64_*.dll of a CUDA toolkit.";

    // Below the folder that get-nvrtc.sh was given.
    private static readonly string[] Pinned = ["artifacts", "nvrtc", "usr", "lib", "x86_64-linux-gnu", "libnvrtc.so.11.2"];

    /// <summary>Looks for PIXELNET_NVRTC, then for the pinned library of the repository that holds the program or the current folder, then for a toolkit's.</summary>
    /// <returns>The first found, or null.</returns>
    /// <exception cref="FileNotFoundException">PIXELNET_NVRTC names no file.</exception>
    public static NvrtcLibrary? Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
            return File.Exists(named) ? new NvrtcLibrary(named, NvrtcOrigin.Environment) : throw new FileNotFoundException($"{Variable} names {named}, which is no file; it must be the path of libnvrtc.so.* or nvrtc64_*.dll.");
        if (!OperatingSystem.IsWindows() && RuntimeInformation.ProcessArchitecture == Architecture.X64)
        {
            foreach (string start in new[] { AppContext.BaseDirectory, Environment.CurrentDirectory })
            {
                for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
                {
                    string pinned = System.IO.Path.Combine([folder.FullName, .. Pinned]);
                    if (File.Exists(pinned)) return new NvrtcLibrary(pinned, NvrtcOrigin.Pinned);
                }
            }
        }
        return ToolkitLibraries().FirstOrDefault() is { } toolkit ? new NvrtcLibrary(toolkit, NvrtcOrigin.Toolkit) : null;
    }

    private static IEnumerable<string> ToolkitLibraries()
    {
        string pattern = OperatingSystem.IsWindows() ? "nvrtc64_*.dll" : "libnvrtc.so.*";
        string[] roots = [Environment.GetEnvironmentVariable("CUDA_PATH") ?? "", Environment.GetEnvironmentVariable("CUDA_HOME") ?? "", "/usr/local/cuda", "/usr"];
        string[] folders = OperatingSystem.IsWindows() ? ["bin", "bin/x64"] : ["lib64", "lib/x86_64-linux-gnu", "lib"];
        return
            from root in roots
            where root.Length > 0
            from folder in folders
            let path = System.IO.Path.Combine(root, folder)
            where Directory.Exists(path)
            from file in Directory.GetFiles(path, pattern).Order(StringComparer.Ordinal)
            where !file.Contains(".alt", StringComparison.Ordinal)
            select file;
    }
}
