using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace PixelNet.Native.Cuda.Kernels;

/// <summary>One compiled source.</summary>
/// <param name="Name">Path below <c>kernels/</c> without ending.</param>
/// <param name="SourceHash">SHA-256 of the source with what it includes.</param>
/// <param name="Includes">What it includes, as it was hashed.</param>
/// <param name="Entries">Its kernels.</param>
public sealed record KernelModule(string Name, string SourceHash, IReadOnlyList<string> Includes, IReadOnlyList<string> Entries);

/// <summary><c>kernels/ptx/manifest.json</c>: what was compiled, from what, by what.</summary>
/// <param name="Compiler">Such as <c>NVRTC 11.8</c>.</param>
/// <param name="Modules">The sources.</param>
public sealed record KernelManifest(string Compiler, IReadOnlyList<KernelModule> Modules)
{
    /// <summary>Reads the JSON that <c>./build.sh kernels</c> wrote.</summary>
    public static KernelManifest Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        static string[] Strings(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetString()!)];
        return new KernelManifest(document.RootElement.GetProperty("compiler").GetString()!,
            [.. document.RootElement.GetProperty("kernels").EnumerateObject().Select(kernel => new KernelModule(kernel.Name,
                kernel.Value.GetProperty("source").GetString()!, Strings(kernel.Value.GetProperty("includes")), Strings(kernel.Value.GetProperty("entries"))))]);
    }

    /// <summary>The modules whose PTX is not that of their source below <paramref name="kernels"/>: changed or missing since they were compiled.</summary>
    /// <param name="kernels">The folder <c>kernels</c> of a clone.</param>
    public IReadOnlyList<string> Stale(string kernels) => [.. Modules.Where(module => HashOf(kernels, module) != module.SourceHash).Select(module => module.Name)];

    private static string? HashOf(string kernels, KernelModule module)
    {
        string[] files = [Path.Combine(kernels, module.Name + ".cu"), .. module.Includes.Select(include => Path.Combine(kernels, include))];
        if (!files.All(File.Exists)) return null;
        string text = string.Concat(files.Select(file => File.ReadAllText(file).ReplaceLineEndings("\n")));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}
