namespace PixelNet.Native.Ptx.Parsing;

/// <summary>The written form of an operand.</summary>
internal enum OperandKind
{
    Register,
    Special,
    Integer,
    Single,
    Double,
    Symbol,
    Address,
    Vector,
    Pair,
    List,
    Sink,
}

/// <summary>One operand of an instruction as written.</summary>
internal sealed class Operand(OperandKind kind, string text, int line)
{
    public OperandKind Kind { get; } = kind;

    public string Text { get; } = text;

    public int Line { get; } = line;

    /// <summary>The register itself, or the base of an address.</summary>
    public Register? Register { get; init; }

    /// <summary>The base symbol of an address, or null.</summary>
    public string? Symbol { get; init; }

    /// <summary>Literal's bits, or an address's offset as two's complement.</summary>
    public ulong Bits { get; init; }

    /// <summary>Whether an exclamation mark stands before a predicate.</summary>
    public bool Negated { get; init; }

    /// <summary>Members of a vector, a pair <c>p|q</c> or a list.</summary>
    public Operand[] Items { get; init; } = [];
}
