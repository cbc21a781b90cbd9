namespace PixelNet.Native.Ptx.Parsing;

/// <summary>A parsed <c>.entry</c> or <c>.func</c>.</summary>
internal sealed class PtxFunction(string name, bool isEntry, int line, Scope scope)
{
    public string Name { get; } = name;

    public bool IsEntry { get; } = isEntry;

    public int Line { get; } = line;

    public Scope Scope { get; } = scope;

    /// <summary>Input parameters in order: variables of the param space, or registers in old-style functions.</summary>
    public List<object> Inputs { get; } = [];

    /// <summary>Return parameters.</summary>
    public List<object> Outputs { get; } = [];

    /// <summary>Null for a declaration without a body.</summary>
    public List<Statement>? Body { get; set; }

    /// <summary>Most threads a block may have (<c>.maxntid</c> or <c>.reqntid</c>), 0 if not limited.</summary>
    public int MaxThreads { get; set; }

    /// <summary>Whether the block must have exactly the shape of <c>.reqntid</c>.</summary>
    public bool IsShapeRequired { get; set; }

    public int[] RequiredShape { get; set; } = [];
}
