using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Execution;

/// <summary>Special registers that are rows of the register file (the clocks are instructions instead).</summary>
internal enum SpecialRow
{
    TidX, TidY, TidZ, NtidX, NtidY, NtidZ, CtaidX, CtaidY, CtaidZ, NctaidX, NctaidY, NctaidZ,
    LaneId, WarpId, NwarpId, SmId, NsmId, GridId,
    LanemaskEq, LanemaskLe, LanemaskLt, LanemaskGe, LanemaskGt,
    DynamicSmemSize, TotalSmemSize,
}

/// <summary>A kernel translated for execution: its ops, the layout of the register file and the memory it needs.</summary>
internal sealed unsafe class KernelProgram(PtxEntry entry, LineMap? lineMap)
{
    public PtxEntry Entry { get; } = entry;

    public PtxFunction Function { get; init; } = null!;

    public Op[] Ops { get; set; } = [];

    public int RegisterBytes { get; set; } = Warp.FirstRow;

    public int LocalBytes { get; set; }

    /// <summary>Static shared memory; the dynamic part follows it.</summary>
    public int SharedBytes { get; set; }

    public List<(int Row, int LaneBytes, ulong Bits)> Constants { get; } = [];

    public List<(int Row, SpecialRow Register)> Specials { get; } = [];

    /// <summary>Line of the <c>.cu</c> source: from the line map, else from <c>.loc</c>, else 0.</summary>
    public int SourceLine(Instruction instruction)
    {
        int line = lineMap?.SourceLine(instruction.Line) ?? 0;
        return line != 0 ? line : instruction.SourceLine;
    }

    public void ResetCounters()
    {
        foreach (var op in Ops)
        {
            foreach (var o in op.Other is null ? [op] : new[] { op, op.Other })
                o.Executions = o.ActiveLanes = o.GlobalRequests = o.GlobalSectors = o.IdealSectors = o.SharedRequests = o.BankConflicts = 0;
        }
    }

    /// <summary>Counters of the PTX instructions in order; ops of one instruction are summed.</summary>
    public List<InstructionCounters> Counters()
    {
        var list = new List<InstructionCounters>();
        Instruction? last = null;
        foreach (var op in Ops)
        {
            var second = op.Other ?? new Op();
            var counters = new InstructionCounters(op.Source.Line, SourceLine(op.Source), op.Source.FullName, op.Executions, op.ActiveLanes,
                op.GlobalRequests + second.GlobalRequests, op.GlobalSectors + second.GlobalSectors, op.IdealSectors + second.IdealSectors,
                op.SharedRequests, op.BankConflicts);
            if (ReferenceEquals(op.Source, last)) list[^1] = list[^1].Plus(counters);
            else list.Add(counters);
            last = op.Source;
        }
        return list;
    }

    /// <summary>Fills the rows of literals, which no instruction writes.</summary>
    public void InitialiseConstants(Warp warp, Launch launch)
    {
        foreach (var (row, laneBytes, bits) in Constants)
        {
            if (laneBytes == 0) *(uint*)(warp.R + row) = (uint)bits;
            else if (laneBytes == 8) new Span<ulong>(warp.R + row, 32).Fill(bits);
            else new Span<uint>(warp.R + row, 32).Fill((uint)bits);
        }
    }

    /// <summary>Fills the rows of special registers.</summary>
    public void InitialiseBlock(Warp warp, Block block)
    {
        foreach (var (row, register) in Specials)
        {
            uint* p = (uint*)(warp.R + row);
            for (int lane = 0; lane < 32; lane++) p[lane] = Value(register, warp, block, lane);
        }
    }

    private static uint Value(SpecialRow register, Warp warp, Block block, int lane)
    {
        var thread = block.ThreadAt(warp.Thread(lane));
        var launch = block.Launch;
        uint bit = 1u << lane;
        return register switch
        {
            SpecialRow.TidX => (uint)thread.X,
            SpecialRow.TidY => (uint)thread.Y,
            SpecialRow.TidZ => (uint)thread.Z,
            SpecialRow.NtidX => (uint)launch.BlockShape.X,
            SpecialRow.NtidY => (uint)launch.BlockShape.Y,
            SpecialRow.NtidZ => (uint)launch.BlockShape.Z,
            SpecialRow.CtaidX => (uint)block.Index.X,
            SpecialRow.CtaidY => (uint)block.Index.Y,
            SpecialRow.CtaidZ => (uint)block.Index.Z,
            SpecialRow.NctaidX => (uint)launch.GridShape.X,
            SpecialRow.NctaidY => (uint)launch.GridShape.Y,
            SpecialRow.NctaidZ => (uint)launch.GridShape.Z,
            SpecialRow.LaneId => (uint)lane,
            SpecialRow.WarpId => (uint)warp.Index,
            SpecialRow.NwarpId => (uint)block.Warps.Length,
            SpecialRow.NsmId or SpecialRow.GridId => 1,
            SpecialRow.LanemaskEq => bit,
            SpecialRow.LanemaskLe => bit | (bit - 1),
            SpecialRow.LanemaskLt => bit - 1,
            SpecialRow.LanemaskGe => ~(bit - 1),
            SpecialRow.LanemaskGt => ~(bit | (bit - 1)),
            SpecialRow.DynamicSmemSize => (uint)launch.DynamicSharedBytes,
            SpecialRow.TotalSmemSize => (uint)launch.SharedBytes,
            _ => 0,
        };
    }
}
