using PixelNet.Native.Ptx.Tracing;

namespace PixelNet.Native.Ptx;

/// <summary>What one PTX instruction did in an observed launch, summed over all warps.</summary>
/// <param name="Line">PTX line.</param>
/// <param name="SourceLine">Line of the <c>.cu</c> source, 0 if unknown.</param>
/// <param name="Opcode">Opcode with modifiers.</param>
/// <param name="Executions">Warp instructions.</param>
/// <param name="ActiveLanes">Lanes for which they executed; 32 times the executions where nothing diverges.</param>
/// <param name="GlobalRequests">Warp requests to global memory.</param>
/// <param name="GlobalSectors">32-byte sectors that they touched.</param>
/// <param name="IdealSectors">Fewest sectors that hold the same distinct bytes.</param>
/// <param name="SharedRequests">Warp requests to shared memory.</param>
/// <param name="BankConflicts">Wavefronts beyond the necessary ones.</param>
public sealed record InstructionCounters(int Line, int SourceLine, string Opcode, long Executions, long ActiveLanes,
    long GlobalRequests, long GlobalSectors, long IdealSectors, long SharedRequests, long BankConflicts)
{
    /// <summary>Opcode without modifiers.</summary>
    public string OpcodeClass => Opcode.Split('.', 2)[0];

    /// <summary>Sum of two counters, with the line and opcode of the first.</summary>
    /// <param name="other">The other.</param>
    public InstructionCounters Plus(InstructionCounters other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return this with
        {
            Executions = Executions + other.Executions,
            ActiveLanes = ActiveLanes + other.ActiveLanes,
            GlobalRequests = GlobalRequests + other.GlobalRequests,
            GlobalSectors = GlobalSectors + other.GlobalSectors,
            IdealSectors = IdealSectors + other.IdealSectors,
            SharedRequests = SharedRequests + other.SharedRequests,
            BankConflicts = BankConflicts + other.BankConflicts,
        };
    }
}

/// <summary>The outcome of a launch.</summary>
public sealed class LaunchReport
{
    internal LaunchReport(string kernel, long instructions, IReadOnlyList<Finding> findings, Finding? fault, IReadOnlyList<InstructionCounters> counters)
    {
        Kernel = kernel;
        Instructions = instructions;
        Findings = findings;
        Fault = fault;
        Counters = counters;
    }

    /// <summary>Several launches of one kernel as one: counters added up, findings of one kind and instruction once.</summary>
    /// <param name="reports">At least one, all of one kernel and of the same observers.</param>
    public static LaunchReport Sum(IReadOnlyList<LaunchReport> reports)
    {
        ArgumentNullException.ThrowIfNull(reports);
        var counters = reports[0].Counters.Select((_, i) => reports.Select(r => r.Counters[i]).Aggregate((a, b) => a.Plus(b))).ToArray();
        var findings = reports.SelectMany(r => r.Findings).DistinctBy(f => (f.Kind, f.Line)).OrderBy(f => f.Line).ToArray();
        return new LaunchReport(reports[0].Kernel, reports.Sum(r => r.Instructions), findings, reports.Select(r => r.Fault).FirstOrDefault(f => f is not null), counters);
    }

    /// <summary>Entry name.</summary>
    public string Kernel { get; }

    /// <summary>Warp instructions executed.</summary>
    public long Instructions { get; }

    /// <summary>All findings by PTX line, the fault included.</summary>
    public IReadOnlyList<Finding> Findings { get; }

    /// <summary>What ended the launch before its end: an invalid access without observers, a trap, a deadlock, the instruction limit; null if it completed.</summary>
    public Finding? Fault { get; }

    /// <summary>Counters of each PTX instruction in order; empty without <see cref="Observers.Counters"/>.</summary>
    public IReadOnlyList<InstructionCounters> Counters { get; }

    /// <summary>Whether the launch completed without a finding.</summary>
    public bool IsClean => Findings.Count == 0;

    /// <summary>Counters summed by source line (by PTX line where the source is unknown).</summary>
    public IReadOnlyList<InstructionCounters> CountersBySourceLine() =>
        [.. Counters.GroupBy(c => c.SourceLine).OrderBy(g => g.Key).Select(g => g.Aggregate((a, b) => a.Plus(b)))];

    /// <summary>Warp instructions by opcode, most frequent first.</summary>
    public IReadOnlyList<InstructionCounters> CountersByOpcode() =>
        [.. Counters.GroupBy(c => c.OpcodeClass).Select(g => g.Aggregate((a, b) => a.Plus(b))).OrderByDescending(c => c.Executions)];

    /// <summary>Throws if the launch did not complete.</summary>
    /// <exception cref="PtxException">The fault in one sentence.</exception>
    public void ThrowIfFaulted()
    {
        if (Fault is not null) throw new PtxException($"{Fault}.");
    }
}
