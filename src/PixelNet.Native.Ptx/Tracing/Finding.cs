using PixelNet.Native.Ptx.Execution;

namespace PixelNet.Native.Ptx.Tracing;

/// <summary>What is wrong at a <see cref="Finding"/>.</summary>
public enum FindingKind
{
    /// <summary>An access outside every allocation, or outside shared or local memory.</summary>
    OutOfBounds,
    /// <summary>An address that is not a multiple of the access's size.</summary>
    Misaligned,
    /// <summary>A read of global memory that neither host nor kernel has written.</summary>
    UninitialisedGlobal,
    /// <summary>A read of shared memory that the block has not written.</summary>
    UninitialisedShared,
    /// <summary>Two threads of a block at the same shared memory without a barrier between, one of them writing.</summary>
    SharedRace,
    /// <summary>The same for global memory, within a block or across blocks.</summary>
    GlobalRace,
    /// <summary>A barrier or <c>.sync</c> instruction that not all of its threads reach.</summary>
    BarrierDivergence,
    /// <summary>Data of <c>cp.async</c> used before it was waited for.</summary>
    MissingAsyncWait,
    /// <summary>The kernel executed more instructions than it may.</summary>
    InstructionLimit,
    /// <summary>The kernel executed <c>trap</c> or failed an assertion.</summary>
    Trap,
}

/// <summary>One finding: an instruction and what it did wrong, merged over all threads that did it.</summary>
public sealed class Finding
{
    internal const int MostPlaces = 64;

    private readonly List<Dim3> threads = [];
    private readonly List<Dim3> blocks = [];

    internal Finding(FindingKind kind, string kernel, int sourceLine, int line, ulong address, string message)
    {
        Kind = kind;
        Kernel = kernel;
        SourceLine = sourceLine;
        Line = line;
        Address = address;
        Message = message;
    }

    /// <summary>What is wrong.</summary>
    public FindingKind Kind { get; }

    /// <summary>The kind's name in reports, e.g. <c>out-of-bounds</c>.</summary>
    public string KindName => NameOf(Kind);

    /// <summary>Entry name of the kernel.</summary>
    public string Kernel { get; }

    /// <summary>Line of the <c>.cu</c> source, 0 if unknown.</summary>
    public int SourceLine { get; }

    /// <summary>PTX line.</summary>
    public int Line { get; }

    /// <summary>Address of the first occurrence; 0 if it has none.</summary>
    public ulong Address { get; }

    /// <summary>The first occurrence in one sentence.</summary>
    public string Message { get; }

    /// <summary>Thread indices concerned, the first 64.</summary>
    public IReadOnlyList<Dim3> Threads => threads;

    /// <summary>Block indices concerned, the first 64.</summary>
    public IReadOnlyList<Dim3> Blocks => blocks;

    /// <summary>How often it happened, counted in threads.</summary>
    public long Occurrences { get; internal set; }

    /// <summary>The name of a kind in reports.</summary>
    /// <param name="kind">The kind.</param>
    public static string NameOf(FindingKind kind) => kind switch
    {
        FindingKind.OutOfBounds => "out-of-bounds",
        FindingKind.Misaligned => "misaligned",
        FindingKind.UninitialisedGlobal => "uninitialised-global",
        FindingKind.UninitialisedShared => "uninitialised-shared",
        FindingKind.SharedRace => "shared-race",
        FindingKind.GlobalRace => "global-race",
        FindingKind.BarrierDivergence => "barrier-divergence",
        FindingKind.MissingAsyncWait => "missing-async-wait",
        FindingKind.InstructionLimit => "instruction-limit",
        _ => "trap",
    };

    /// <inheritdoc/>
    public override string ToString() => $"{KindName} in {Kernel}, {(SourceLine > 0 ? $".cu line {SourceLine}, " : "")}PTX line {Line}: {Message}";

    internal void Add(Dim3 block, Dim3 thread)
    {
        Occurrences++;
        if (threads.Count < MostPlaces && !threads.Contains(thread)) threads.Add(thread);
        if (blocks.Count < MostPlaces && !blocks.Contains(block)) blocks.Add(block);
    }
}

/// <summary>Ends a launch from within an instruction; never leaves <see cref="EmulatedDevice"/>.</summary>
internal sealed class LaunchFault(Finding finding) : Exception(finding.Message)
{
    public Finding Finding { get; } = finding;
}
