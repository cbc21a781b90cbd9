using PixelNet.Native.Ptx.Execution.Instructions;
using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Execution;

/// <summary>
/// A parsed kernel to a <see cref="KernelProgram"/>. Called functions are translated in place at each call (there is no recursion on this
/// level), so divergence and reconvergence see one flat list of ops. <c>Translator.Operands.cs</c> gives operands their rows,
/// <c>Translator.Modifiers.cs</c> reads opcodes' modifiers, <c>Translator.Variables.cs</c> places variables.
/// </summary>
internal sealed unsafe partial class Translator
{
    private const int MostOps = 1 << 20;
    private const int DeepestCall = 32;

    private readonly PtxModule module;
    private readonly Func<string, ulong?> symbolAddress;
    private readonly KernelProgram program;
    private readonly List<Op> ops = [];
    private readonly Stack<Frame> frames = new();

    private Instruction instruction = null!;

    private Translator(PtxModule module, PtxFunction entry, Func<string, ulong?> symbolAddress)
    {
        this.module = module;
        this.symbolAddress = symbolAddress;
        program = new KernelProgram(module.Entries.First(e => e.Name == entry.Name), module.LineMap) { Function = entry };
        scratch = NewRow(8);
    }

    /// <summary>Body of a function at one place where it is executed.</summary>
    private sealed class Frame(PtxFunction function)
    {
        public PtxFunction Function { get; } = function;

        public Dictionary<(Scope, string), int> Labels { get; } = [];

        public List<(Op Op, Scope Scope, string Label)> Branches { get; } = [];

        /// <summary>Branches to the end of the body: <c>ret</c> of a called function.</summary>
        public List<Op> Returns { get; } = [];

        public List<(int[] Table, int At, Scope Scope, string Label, int Line)> Tables { get; } = [];
    }

    /// <summary>Translates a kernel.</summary>
    /// <param name="module">Its module.</param>
    /// <param name="entry">The kernel.</param>
    /// <param name="symbolAddress">Device address of a module variable; null if it has none.</param>
    public static KernelProgram Translate(PtxModule module, PtxFunction entry, Func<string, ulong?> symbolAddress)
    {
        var translator = new Translator(module, entry, symbolAddress);
        translator.PlaceParameters(entry);
        translator.Body(entry);
        translator.instruction = translator.ops.Count > 0 ? translator.ops[^1].Source : new Instruction("ret", entry.Line, entry.Scope);
        translator.Unguarded(&ControlFlow.Exit);
        translator.program.Ops = [.. translator.ops];
        translator.FinishShared();
        return translator.program;
    }

    public PtxModule Module => module;

    public KernelProgram Program => program;

    public Instruction Instruction => instruction;

    public int NextIndex => ops.Count;

    public bool IsInCall => frames.Count > 1;

    /// <summary>Translates a function's statements here.</summary>
    public void Body(PtxFunction function)
    {
        if (function.Body is null) throw Fail($"function '{function.Name}' has no body in this module");
        if (frames.Count >= DeepestCall || frames.Any(f => f.Function == function)) throw Fail($"'{function.Name}' calls itself or calls are nested more than {DeepestCall} deep; recursion is not supported");
        var frame = new Frame(function);
        var caller = instruction;
        frames.Push(frame);
        foreach (var statement in function.Body)
        {
            if (statement.Label is not null) frame.Labels[(statement.Scope, statement.Label)] = ops.Count;
            else Translate(statement.Instruction!);
        }
        foreach (var (op, scope, label) in frame.Branches) op.Target = LabelAt(frame, scope, label, op.Source.Line);
        foreach (var (table, at, scope, label, line) in frame.Tables) table[at] = LabelAt(frame, scope, label, line);
        foreach (var op in frame.Returns) op.Target = ops.Count;
        frames.Pop();
        instruction = caller;
    }

    private static int LabelAt(Frame frame, Scope scope, string label, int line)
    {
        var owner = scope.FindLabel(label) ?? throw new PtxException(line, $"label '{label}' is not declared.");
        return frame.Labels[(owner, label)];
    }

    private void Translate(Instruction next)
    {
        instruction = next;
        modifiers.Clear();
        modifiers.AddRange(next.Modifiers);
        modifierAt = 0;
        InstructionTable.Handlers[next.Opcode](this);
        foreach (var modifier in modifiers)
        {
            if (modifier.Length > 0) throw new PtxException(next.Line, $"modifier '.{modifier}' is not known at '{next.FullName}'.");
        }
        if (ops.Count > MostOps) throw new PtxException(next.Line, $"the kernel '{program.Entry.Name}' is longer than {MostOps} instructions after its calls are expanded.");
    }

    /// <summary>An error about the current instruction.</summary>
    public PtxException Fail(string message) => new(instruction.Line, $"'{instruction.FullName}': {message}.");

    /// <summary>Appends an op that executes under the instruction's guard.</summary>
    public Op Emit(Run run, int d = 0, int a = 0, int b = 0, int c = 0)
    {
        var op = Unguarded(run, d, a, b, c);
        if (instruction.Guard is { } guard)
        {
            op.Guard = RowOf(guard.Register!);
            op.GuardNegated = guard.Negated;
        }
        return op;
    }

    /// <summary>Appends an op that executes for every lane that comes by.</summary>
    public Op Unguarded(Run run, int d = 0, int a = 0, int b = 0, int c = 0)
    {
        if (run == null) throw Fail("this combination of types and modifiers is not supported");
        var op = new Op { Run = run, D = d, A = a, B = b, C = c, Source = instruction, Index = ops.Count };
        ops.Add(op);
        return op;
    }

    /// <summary>Lets an op's target be a label of the current scope.</summary>
    public void BranchTo(Op op, string label) => frames.Peek().Branches.Add((op, instruction.Scope, label));

    /// <summary>Lets an op's target be the end of the current function.</summary>
    public void BranchToEnd(Op op) => frames.Peek().Returns.Add(op);

    /// <summary>Fills a jump table with the places of labels.</summary>
    public void TableOf(int[] table, string[] labels)
    {
        for (int i = 0; i < labels.Length; i++) frames.Peek().Tables.Add((table, i, instruction.Scope, labels[i], instruction.Line));
    }
}
