using System.Runtime.InteropServices;
using PixelNet.Native.Ptx.Tracing;

namespace PixelNet.Native.Ptx.Execution;

/// <summary>One launch of a kernel: its grid, parameters, order of blocks and what is counted and found meanwhile.</summary>
internal sealed unsafe class Launch : IDisposable
{
    // Blocks run to their end one after the other. A block that takes longer than this may be waiting for another one, so others join it.
    private const long BlockSlice = 1 << 21;
    private const int MostResident = 16;

    private readonly long instructionLimit;
    private ulong random;
    private long instructions;

    public Launch(KernelProgram program, DeviceMemory memory, Dim3 grid, Dim3 block, int sharedBytes, ReadOnlySpan<byte> parameters,
        Tracer? tracer, long instructionLimit, ulong seed)
    {
        Program = program;
        Memory = memory;
        GridShape = grid;
        BlockShape = block;
        SharedBytes = sharedBytes;
        DynamicSharedBytes = sharedBytes - program.SharedBytes;
        Tracer = tracer;
        this.instructionLimit = instructionLimit;
        random = seed;
        ParameterBytes = parameters.Length;
        Parameters = (byte*)NativeMemory.AlignedAlloc((nuint)parameters.Length + 64, 64);
        parameters.CopyTo(new Span<byte>(Parameters, parameters.Length));
    }

    public KernelProgram Program { get; }

    public DeviceMemory Memory { get; }

    public Dim3 GridShape { get; }

    public Dim3 BlockShape { get; }

    public int SharedBytes { get; }

    public int DynamicSharedBytes { get; }

    public Tracer? Tracer { get; }

    public byte* Parameters { get; private set; }

    public int ParameterBytes { get; }

    public long Instructions => instructions;

    /// <summary>What the kernel printed.</summary>
    public System.Text.StringBuilder Output { get; } = new();

    public void Run()
    {
        int total = (int)GridShape.Count;
        int[] order = [.. Enumerable.Range(0, total)];
        Shuffle(order);
        var resident = new Queue<Block>();
        var idle = new Stack<Block>();
        var all = new List<Block>();
        try
        {
            int next = 0;
            while (next < total || resident.Count > 0)
            {
                Block block;
                if (next < total && resident.Count < MostResident)
                {
                    if (!idle.TryPop(out block!)) all.Add(block = new Block(this));
                    block.Start(order[next++]);
                }
                else block = resident.Dequeue();
                block.Run(BlockSlice);
                if (block.IsDone) idle.Push(block);
                else resident.Enqueue(block);
            }
        }
        finally
        {
            foreach (var block in all) block.Dispose();
        }
    }

    /// <summary>Puts a list into the order that the seed gives; seed 0 leaves it as it is.</summary>
    public void Shuffle<T>(T[] list)
    {
        if (random == 0) return;
        for (int i = list.Length - 1; i > 0; i--)
        {
            // SplitMix64 (Steele, Lea, Flood 2014): any seed gives a usable stream.
            ulong z = random += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            int j = (int)((z ^ (z >> 31)) % (ulong)(i + 1));
            (list[i], list[j]) = (list[j], list[i]);
        }
    }

    public void Spend(int executed, Warp warp)
    {
        instructions += executed;
        if (instructions <= instructionLimit) return;
        int pc = warp.Fragments.Length > 0 ? warp.Fragments[0].Pc : warp.Pc;
        var op = Program.Ops[Math.Clamp(pc, 0, Program.Ops.Length - 1)];
        var finding = Describe(FindingKind.InstructionLimit, op, 0,
            $"the launch has executed {instructions} warp instructions, more than the limit of {instructionLimit}; it may never end");
        Place(finding, warp.Block, warp, warp.Fragments.Length > 0 ? warp.Fragments[0].Mask : 0);
        throw new LaunchFault(finding);
    }

    /// <summary>Records a finding; without observers it ends the launch, as the GPU would.</summary>
    public void Report(FindingKind kind, Warp warp, Op op, uint lanes, ulong address, string message)
    {
        if (Tracer is null || kind == FindingKind.Trap)
        {
            var finding = Describe(kind, op, address, message);
            Place(finding, warp.Block, warp, lanes);
            throw new LaunchFault(finding);
        }
        Place(Tracer.Find(kind, op) ?? Tracer.Add(Describe(kind, op, address, message), op), warp.Block, warp, lanes);
    }

    public Finding Describe(FindingKind kind, Op op, ulong address, string message) =>
        new(kind, Program.Entry.Name, Program.SourceLine(op.Source), op.Source.Line, address, message);

    /// <summary>" (.cu line N)" of an op, or nothing if that is not known.</summary>
    public string SourceOf(Op op) => Program.SourceLine(op.Source) is > 0 and var line ? $" (.cu line {line})" : "";

    /// <summary>Index of a block in the grid from its number.</summary>
    public Dim3 BlockAt(int flat) => new(flat % GridShape.X, flat / GridShape.X % GridShape.Y, flat / GridShape.X / GridShape.Y);

    public void Place(Finding finding, Block block, Warp warp, uint lanes)
    {
        for (; lanes != 0; lanes &= lanes - 1)
            finding.Add(block.Index, block.ThreadAt(warp.Thread(System.Numerics.BitOperations.TrailingZeroCount(lanes))));
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(Parameters);
        Parameters = null;
    }
}
