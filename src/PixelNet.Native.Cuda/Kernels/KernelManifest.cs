using System.Text.Json;

namespace PixelNet.Native.Cuda.Kernels;

/// <summary>One compiled source.</summary>
/// <param name="Name">Path below <c>kernels/</c> without ending.</param>
/// <param name="Entries">Its kernels.</param>
public sealed record KernelModule(string Name, IReadOnlyList<string> Entries);

/// <summary><c>kernels/ptx/manifest.json</c>: what was compiled, by what. Whether it is older than its sources is checked by the build.</summary>
/// <param name="Compiler">Such as <c>NVRTC 11.8</c>.</param>
/// <param name="Modules">The sources.</param>
public sealed record KernelManifest(string Compiler, IReadOnlyList<KernelModule> Modules)
{
    /// <summary>Reads the JSON that <c>./build.sh kernels</c> wrote.</summary>
    public static KernelManifest Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        var kernels = document.RootElement.GetProperty("kernels").EnumerateObject();
        return new KernelManifest(document.RootElement.GetProperty("compiler").GetString()!,
            [.. kernels.Select(kernel => new KernelModule(kernel.Name, [.. kernel.Value.GetProperty("entries").EnumerateArray().Select(entry => entry.GetString()!)]))]);
    }
}
