namespace PixelNet.Native.Ptx.Parsing;

/// <summary>A declared variable of a state space: <c>.shared .align 16 .b8 tile[4096];</c>.</summary>
internal sealed class Variable(StateSpace space, PtxType type, string name, int line)
{
    public StateSpace Space { get; } = space;

    public PtxType Type { get; } = type;

    public string Name { get; } = name;

    public int Line { get; } = line;

    /// <summary>Bytes; 0 for an unsized (extern shared) array.</summary>
    public long Bytes { get; set; }

    public int Alignment { get; set; } = type.Size();

    public bool IsExtern { get; set; }

    /// <summary>An array without length: <c>.extern .shared .b8 buffer[];</c>.</summary>
    public bool IsUnsized { get; set; }

    /// <summary>Initial bytes, shorter than <see cref="Bytes"/> where the rest is zero.</summary>
    public byte[]? Initial { get; set; }

    /// <summary>Addresses inside <see cref="Initial"/>: at the byte, the symbol's address plus the addend.</summary>
    public List<(int At, string Symbol, long Addend)> Relocations { get; } = [];
}

/// <summary>A register of a function; the translator gives it a row of 32 lanes.</summary>
internal sealed class Register(PtxType type, string name)
{
    public PtxType Type { get; } = type;

    public string Name { get; } = name;
}
