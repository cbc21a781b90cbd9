using PixelNet.Native.Cuda;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.KernelBench.Measurement;

namespace PixelNet.Native.KernelBench.Rows;

/// <summary>One op at one shape: who can do it, what it has to do, and how it is called.</summary>
/// <param name="Id">Unique, and what the peers' script calls the same work: <c>gather A forward</c>.</param>
/// <param name="Shape">For people.</param>
/// <param name="Ladder">The passes whose rungs compete; those of one number together.</param>
/// <param name="Prepare">Takes the memory of one set and gives the call and what has to be done; null = only the extras do it.</param>
internal sealed record BenchRow(string Id, string Shape, IReadOnlyList<KernelPass> Ladder, Func<RowMemory, CudaBackend, (Action Call, Work Work)>? Prepare)
{
    /// <summary>Whether cuDNN is a contender.</summary>
    public bool HasConvolution { get; init; }

    /// <summary>Whether cuBLAS is a contender.</summary>
    public bool HasProducts { get; init; }

    /// <summary>The rung of the first pass that the backend takes at this shape in fp32; null = the pass's default.</summary>
    public string? DefaultKernel { get; init; }

    /// <summary>Kernels that no backend calls, by name.</summary>
    public IReadOnlyList<(string Kernel, Func<RowMemory, CudaBackend, KernelLauncher, Action> Prepare)> Extras { get; init; } = [];

    /// <summary>Whether bytes may depend on scheduling: kernels with atomics.</summary>
    public IReadOnlyList<string> NotDeterministic { get; init; } = [];

    /// <summary>The contenders of this project's kernels: each rung of the ladder, the simplest first.</summary>
    public IEnumerable<Contender> Rungs()
    {
        if (Prepare is null) yield break;
        if (Ladder.Count == 0)
        {
            foreach (var precision in (Precision[])[Precision.Fp32, Precision.Tf32]) yield return new("own", precision, new CudaBackendOptions { Precision = precision }, true);
            yield break;
        }
        string chosen = DefaultKernel ?? Ladder[0].DefaultEntry.Name;
        foreach (var entry in Ladder[0].Entries)
        {
            var precision = entry.IsTf32 ? Precision.Tf32 : Precision.Fp32;
            string[] kernels = [.. Ladder.SelectMany(pass => pass.Entries).Where(other => other.Rung == entry.Rung && other.IsTf32 == entry.IsTf32).Select(other => other.Name)];
            yield return new(entry.Name, precision, new CudaBackendOptions { Precision = precision, Kernels = kernels }, entry.Name == chosen || entry == Ladder[0].Entries.LastOrDefault(other => other.IsTf32));
        }
    }
}

/// <summary>Someone who does the work of a row.</summary>
/// <param name="Impl">Name in the table: a kernel's, <c>own</c>, <c>cuDNN</c>, <c>cuBLAS</c>.</param>
/// <param name="Precision">Of products.</param>
/// <param name="Options">How the backend is made.</param>
/// <param name="IsDefault">Whether the backend takes it if nothing else is said.</param>
internal sealed record Contender(string Impl, Precision Precision, CudaBackendOptions Options, bool IsDefault);
