using PixelNet.Native.Ptx;
using PixelNet.Native.Ptx.Compilation;

namespace PixelNet.Native.KernelCompiler;

/// <summary>An entry with what it needs on each GPU.</summary>
/// <param name="Source">Where it is written.</param>
/// <param name="Declaration">Its declaration in the PTX.</param>
/// <param name="HasDynamicShared">Whether the launch gives it shared memory beyond the static.</param>
/// <param name="Resources">By compute capability times ten.</param>
internal sealed record KernelEntry(KernelSource Source, PtxEntry Declaration, bool HasDynamicShared, IReadOnlyDictionary<int, EntryResources> Resources)
{
    private const int UsualThreads = 256;

    /// <summary>Entry name.</summary>
    public string Name => Declaration.Name;

    /// <summary>Whether <c>__launch_bounds__</c> says how many threads a block has.</summary>
    public bool IsBounded => Declaration.MaxThreads > 0;

    /// <summary>Threads of a block that the occupancy is computed for.</summary>
    public int Threads => IsBounded ? Declaration.MaxThreads : UsualThreads;

    /// <summary>Theoretical occupancy, dynamic shared memory not counted.</summary>
    public double Occupancy(int architecture) => KernelCompiler.Occupancy.Of(architecture, Threads, Resources[architecture]);

    /// <summary>Assembles a compiled source for its target and for every GPU of <see cref="KernelCompiler.Occupancy.Architectures"/>.</summary>
    /// <exception cref="InvalidDataException">It does not assemble: the assembler's messages.</exception>
    public static IEnumerable<KernelEntry> From(CompiledKernel kernel, IReadOnlyDictionary<string, string> headers)
    {
        // A GPU that knows less than those of the table refuses what a source of its target may not use.
        if (kernel.Source.Target < KernelCompiler.Occupancy.Architectures[0]) EntryResources.Assemble(kernel.Source, headers, Math.Max(kernel.Source.Target, Nvrtc.LowestArchitecture()));
        var logs = KernelCompiler.Occupancy.Architectures.ToDictionary(a => a, a => EntryResources.Assemble(kernel.Source, headers, a));
        bool isDynamic = kernel.Ptx.Contains(".extern .shared", StringComparison.Ordinal);
        return kernel.Module.Entries.Select(e => new KernelEntry(kernel.Source, e, isDynamic, logs.ToDictionary(l => l.Key, l => l.Value[e.Name])));
    }
}
