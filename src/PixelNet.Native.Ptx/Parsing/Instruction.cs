namespace PixelNet.Native.Ptx.Parsing;

/// <summary>One PTX instruction: <c>@%p ld.global.v2.f32 {%f1, %f2}, [%rd1+8];</c>.</summary>
internal sealed class Instruction(string opcode, int line, Scope scope)
{
    private readonly int dot = opcode.IndexOf('.', StringComparison.Ordinal);

    /// <summary>Opcode with modifiers as written.</summary>
    public string FullName { get; } = opcode;

    /// <summary>Opcode without modifiers.</summary>
    public string Opcode => dot < 0 ? FullName : FullName[..dot];

    /// <summary>Modifiers in order, without dots.</summary>
    public string[] Modifiers => dot < 0 ? [] : FullName[(dot + 1)..].Split('.');

    public int Line { get; } = line;

    /// <summary>Line of the <c>.cu</c> source from a preceding <c>.loc</c>; 0 if there is none.</summary>
    public int SourceLine { get; init; }

    public Scope Scope { get; } = scope;

    public Operand? Guard { get; init; }

    public Operand[] Operands { get; init; } = [];
}

/// <summary>A step of a function body: an instruction or a label that marks the place of the next one.</summary>
/// <param name="Instruction">The instruction, or null for a label.</param>
/// <param name="Label">The label's name.</param>
/// <param name="Scope">The scope that declares the label.</param>
internal readonly record struct Statement(Instruction? Instruction, string? Label, Scope Scope);
