using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Execution;

/// <summary>
/// One translated instruction: the method that executes it for a warp, and where its operands' rows lie in the warp's register file
/// (byte offsets from <see cref="Warp.R"/>; a row holds 32 lanes of 4 or 8 bytes, a predicate is one 32-bit mask).
/// </summary>
internal sealed unsafe class Op
{
    public Run Run;

    /// <summary>Destination row, second destination row (-1: none), and source rows.</summary>
    public int D, D2 = -1, A, B, C, E;

    /// <summary>Predicate row of the guard; -1 if the instruction always executes.</summary>
    public int Guard = -1;

    public bool GuardNegated;

    /// <summary>A branch: it concerns all lanes that come by, whatever its guard says of them.</summary>
    public bool IsBranch;

    /// <summary>Op index of a branch's target.</summary>
    public int Target;

    /// <summary>Rows of vector operands: destinations or stored values.</summary>
    public int[] Rows = [];

    /// <summary>Second list of rows (mma: A, B, C fragments one after the other).</summary>
    public int[] Rows2 = [];

    /// <summary>Address offset, immediate, or packed options of the instruction.</summary>
    public ulong Imm;

    public int Option;

    /// <summary>Bytes from one lane to the next in the rows of <see cref="A"/> and <see cref="D"/>, where they may differ from the type's size.</summary>
    public int StrideA = 4, StrideD = 4;

    public StateSpace Space;

    /// <summary>Where this instruction last found its memory: nearly always the same allocation again.</summary>
    public Allocation? Cached;

    /// <summary>A second access of the same instruction (the source of <c>cp.async</c>).</summary>
    public Op? Other;

    /// <summary>Shape and types of an <c>mma</c>.</summary>
    public object? Form;

    public Instruction Source = null!;

    /// <summary>Index in the program.</summary>
    public int Index;

    /// <summary>Executions and active lanes, counted only when observed.</summary>
    public long Executions, ActiveLanes;

    /// <summary>Memory behaviour, counted only when observed; see <see cref="Tracing.AccessCounter"/>.</summary>
    public long GlobalRequests, GlobalSectors, IdealSectors, SharedRequests, BankConflicts;
}
