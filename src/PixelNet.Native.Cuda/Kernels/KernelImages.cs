using System.Collections.Frozen;
using System.Reflection;
using PixelNet.Native.Cuda.Driver;

namespace PixelNet.Native.Cuda.Kernels;

/// <summary>The PTX that ships, embedded in this assembly as <c>kernels/ptx</c> lies in the sources.</summary>
public static class KernelImages
{
    /// <summary>What was compiled, from what.</summary>
    public static KernelManifest Manifest { get; } = KernelManifest.Parse(Read("manifest.json"));

    private static FrozenDictionary<string, Lazy<KernelImage>> ByEntry { get; } = Index(Manifest);

    /// <summary>The module that holds an entry.</summary>
    /// <exception cref="PixelNetException">No module does.</exception>
    public static KernelImage Of(string entry) => ByEntry.TryGetValue(entry, out var image) ? image.Value
        : throw new PixelNetException($"no module of kernels/ptx has the kernel '{entry}'; compile the kernels with: ./build.sh kernels");

    private static FrozenDictionary<string, Lazy<KernelImage>> Index(KernelManifest manifest)
    {
        var images = new Dictionary<string, Lazy<KernelImage>>();
        foreach (var module in manifest.Modules)
        {
            var image = new Lazy<KernelImage>(() => new KernelImage(module.Name, Read($"{module.Name}.ptx"), Read($"{module.Name}.lines")));
            foreach (string entry in module.Entries) images.Add(entry, image);
        }
        return images.ToFrozenDictionary();
    }

    private static string Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new PixelNetException($"kernels/ptx/{name} is not part of this build; compile the kernels with: ./build.sh kernels");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
