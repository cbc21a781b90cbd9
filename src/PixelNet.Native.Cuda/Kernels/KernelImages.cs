using System.Collections.Frozen;
using System.Reflection;
using PixelNet.Native.Cuda.Driver;

namespace PixelNet.Native.Cuda.Kernels;

/// <summary>The PTX that ships, embedded in this assembly as <c>kernels/ptx</c> lies in the sources.</summary>
public static class KernelImages
{
    /// <summary>What was compiled, from what.</summary>
    public static KernelManifest Manifest { get; } = KernelManifest.Parse(Read("manifest.json"));

    private static FrozenDictionary<string, List<Lazy<KernelImage>>> ByEntry { get; } = Index(Manifest);

    /// <summary>The module that holds an entry: of those that a GPU can run, the one for the highest compute capability.</summary>
    /// <param name="entry">Name of the kernel.</param>
    /// <param name="computeCapability">Ten times the GPU's.</param>
    /// <exception cref="PixelNetException">No module does, or none that the GPU can run.</exception>
    public static KernelImage Of(string entry, int computeCapability = int.MaxValue)
    {
        if (!ByEntry.TryGetValue(entry, out var images))
            throw new PixelNetException($"no module of kernels/ptx has the kernel '{entry}'; compile the kernels with: ./build.sh kernels");
        return images.Select(image => image.Value).Where(image => image.ComputeCapability <= computeCapability).MaxBy(image => image.ComputeCapability)
            ?? throw new PixelNetException($"the kernel '{entry}' needs compute capability {Text(images.Min(image => image.Value.ComputeCapability))}, and this GPU has {Text(computeCapability)}");
    }

    private static string Text(int computeCapability) => $"{computeCapability / 10}.{computeCapability % 10}";

    private static FrozenDictionary<string, List<Lazy<KernelImage>>> Index(KernelManifest manifest)
    {
        var images = new Dictionary<string, List<Lazy<KernelImage>>>();
        foreach (var module in manifest.Modules)
        {
            var image = new Lazy<KernelImage>(() => new KernelImage(module.Name, Read($"{module.Name}.ptx"), Read($"{module.Name}.lines")));
            foreach (string entry in module.Entries)
            {
                if (!images.TryGetValue(entry, out var same)) images.Add(entry, same = []);
                same.Add(image);
            }
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
