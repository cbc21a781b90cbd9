using System.Diagnostics;
using System.Runtime.InteropServices;

namespace PixelNet.Native.Cuda.Driver;

/// <summary>A library that is open.</summary>
/// <param name="Handle">Its handle.</param>
/// <param name="Path">Its file, links followed; the bare name where the system does not tell.</param>
/// <param name="Source">Where it was found, for people: <c>PIXELNET_CUDNN</c>, <c>the loader</c>, <c>a usual folder</c>, <c>a Python wheel</c>.</param>
internal sealed record OpenLibrary(nint Handle, string Path, string Source);

/// <summary>
/// Where a library of NVIDIA's lies: in the file or folder that an environment variable names, and then nowhere else; else where the loader
/// finds it, in the usual folders of CUDA, in a Python wheel (<c>site-packages/nvidia/…</c>).
/// </summary>
/// <param name="variable">The environment variable, such as <c>PIXELNET_CUDNN</c>.</param>
/// <param name="title">The library for people, such as <c>cuDNN</c>.</param>
/// <param name="files">Names of the file, the one to prefer first, such as <c>libcudnn.so.9</c>.</param>
/// <param name="wheel">Its folder below <c>site-packages/nvidia</c>.</param>
internal sealed class LibrarySearch(string variable, string title, IReadOnlyList<string> files, string wheel)
{
    /// <summary>Finds the library and opens it.</summary>
    /// <exception cref="LibraryException">It is not there, or cannot be opened; the sentence says where it was looked for.</exception>
    public OpenLibrary Open()
    {
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } named) return OpenNamed(named);
        foreach (string file in files)
            if (NativeLibrary.TryLoad(file, out nint handle)) return new(handle, PathOf(file) ?? file, "the loader");
        foreach (var (source, folder) in UsualFolders().Select(folder => ("a usual folder", folder)).Concat(Wheels().Select(folder => ("a Python wheel", folder))))
            foreach (string file in files)
            {
                string path = Path.Combine(folder, file);
                if (!File.Exists(path)) continue;
                if (source == "a Python wheel") OpenNeighbours(folder);
                return new(Load(path), RealPath(path), source);
            }
        throw new LibraryException($"{title} was not found: neither the loader nor the usual folders nor a Python environment has {string.Join(" or ", files)}", $"install it, or name its folder with {variable}") { IsAbsent = true };
    }

    /// <summary>A file with all links followed.</summary>
    public static string RealPath(string path) => File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);

    /// <summary>Files of the libraries that this process has open whose name begins so.</summary>
    public static IReadOnlyList<string> OpenFiles(string beginning)
    {
        using var process = Process.GetCurrentProcess();
        return [.. process.Modules.Cast<ProcessModule>().Select(module => module.FileName)
            .Where(file => Path.GetFileName(file).StartsWith(beginning, StringComparison.OrdinalIgnoreCase)).Distinct()];
    }

    private OpenLibrary OpenNamed(string named)
    {
        if (File.Exists(named)) return new(Load(named), RealPath(named), variable);
        if (!Directory.Exists(named)) throw new LibraryException($"{variable} names {named}, which does not exist", $"let it name the file or folder of {title}");
        string path = files.Select(file => Path.Combine(named, file)).FirstOrDefault(File.Exists)
            ?? throw new LibraryException($"{variable} names the folder {named}, which holds none of {string.Join(", ", files)}", $"let it name the file or folder of {title}");
        return new(Load(path), RealPath(path), variable);
    }

    private nint Load(string path)
    {
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            // The loader's own words come first, then a page of advice.
            throw new LibraryException($"{title} at {path} cannot be opened: {e.Message.Split('\n').Select(line => line.Trim()).FirstOrDefault(line => line.StartsWith(path, StringComparison.Ordinal)) ?? e.Message.Split('\n')[0]}", $"install {title} again, whole");
        }
    }

    /// <summary>The file that the loader took for a name.</summary>
    private static string? PathOf(string file)
    {
        string stem = Path.GetFileNameWithoutExtension(file).Split('.')[0];
        return OpenFiles(stem).FirstOrDefault(path => Path.GetFileName(path).Split('.')[0].Equals(stem, StringComparison.OrdinalIgnoreCase));
    }

    private static IEnumerable<string> UsualFolders()
    {
        string?[] roots = [Environment.GetEnvironmentVariable("CUDA_PATH"), Environment.GetEnvironmentVariable("CUDA_HOME")];
        if (OperatingSystem.IsWindows())
        {
            string programs = Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles);
            return roots.OfType<string>().SelectMany(root => new[] { Path.Combine(root, "bin"), Path.Combine(root, "bin", "x64") })
                .Concat(Below(Path.Combine(programs, "NVIDIA", "CUDNN"), "v*", "bin")).Concat(Below(Path.Combine(programs, "NVIDIA", "CUDNN"), "v*", "bin", "*"))
                .Concat(Below(Path.Combine(programs, "NVIDIA GPU Computing Toolkit", "CUDA"), "v*", "bin"));
        }
        return roots.OfType<string>().Select(root => Path.Combine(root, "lib64"))
            .Concat(["/usr/local/cuda/lib64", "/opt/cuda/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib/wsl/lib"]);
    }

    /// <summary>The wheel's folders in the active environment, that of <c>python3</c> on the path, the user's, and the system's.</summary>
    private IEnumerable<string> Wheels()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var prefixes = new List<string?> { Environment.GetEnvironmentVariable("VIRTUAL_ENV"), Environment.GetEnvironmentVariable("CONDA_PREFIX") };
        string python = OperatingSystem.IsWindows() ? "python.exe" : "python3";
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
            if (File.Exists(Path.Combine(folder, python))) prefixes.Add(OperatingSystem.IsWindows() ? folder : Path.GetDirectoryName(folder.TrimEnd('/')));
        prefixes.AddRange([Path.Combine(home, ".local"), "/usr/local", "/usr"]);
        foreach (string prefix in prefixes.OfType<string>().Where(prefix => prefix.Length > 0).Distinct())
        {
            IEnumerable<string> packages = OperatingSystem.IsWindows() ? [Path.Combine(prefix, "Lib", "site-packages")]
                : Below(Path.Combine(prefix, "lib"), "python3*", "site-packages").Concat(Below(Path.Combine(prefix, "lib"), "python3*", "dist-packages"));
            foreach (string site in packages)
                foreach (string name in new[] { wheel, "cu13", "cu12" })
                    foreach (string part in new[] { "lib", "bin" })
                        if (Path.Combine(site, "nvidia", name, part) is var folder && Directory.Exists(folder)) yield return folder;
        }
    }

    /// <summary>
    /// Opens what a wheel's library loads by bare name from the wheels beside it, so that the loader has it already: cuBLAS's light library and NVRTC.
    /// </summary>
    private static void OpenNeighbours(string folder)
    {
        if (Path.GetDirectoryName(Path.GetDirectoryName(folder)) is not { } nvidia) return;
        foreach (string package in new[] { "cu13", "cublas", "cuda_nvrtc" })
            foreach (string file in Below(nvidia, package, "lib").Where(Directory.Exists).SelectMany(lib => Directory.EnumerateFiles(lib, "lib*.so.*")))
                if (Path.GetFileName(file) is var name && (name.StartsWith("libcublasLt.so", StringComparison.Ordinal) || name.StartsWith("libnvrtc.so", StringComparison.Ordinal)))
                    NativeLibrary.TryLoad(file, out _);
    }

    /// <summary>Folders below a root by a pattern a level, newest version first; none where the root does not exist.</summary>
    private static IEnumerable<string> Below(string root, params string[] patterns)
    {
        IEnumerable<string> folders = [root];
        foreach (string pattern in patterns)
            folders = [.. folders.Where(Directory.Exists).SelectMany(folder => Directory.EnumerateDirectories(folder, pattern)).OrderDescending(StringComparer.Ordinal)];
        return folders;
    }
}
