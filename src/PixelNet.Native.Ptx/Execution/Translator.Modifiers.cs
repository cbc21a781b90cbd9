using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Execution;

/// <summary>Rounding of a floating-point result.</summary>
internal enum Rounding
{
    /// <summary>To nearest, ties to even.</summary>
    Nearest,
    Zero,
    Down,
    Up,
    /// <summary>To nearest, ties away from zero (<c>.rna</c>).</summary>
    Away,
}

/// <summary>Reading an opcode's modifiers; each is taken once, and what is left over is an error.</summary>
internal sealed partial class Translator
{
    private readonly List<string> modifiers = [];
    private int modifierAt;

    /// <summary>Takes a modifier wherever it stands.</summary>
    public bool Accept(string name)
    {
        int index = modifiers.IndexOf(name);
        if (index < 0) return false;
        modifiers[index] = "";
        return true;
    }

    /// <summary>Takes whichever of the modifiers is there; null if none is.</summary>
    public string? AcceptAny(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (Accept(name)) return name;
        }
        return null;
    }

    /// <summary>Takes the next modifier in order.</summary>
    public string Next(string what)
    {
        while (modifierAt < modifiers.Count && modifiers[modifierAt].Length == 0) modifierAt++;
        if (modifierAt == modifiers.Count) throw Fail($"{what} is missing");
        string text = modifiers[modifierAt];
        modifiers[modifierAt++] = "";
        return text;
    }

    /// <summary>Takes the next modifier that is a type.</summary>
    public PtxType Type()
    {
        for (int i = 0; i < modifiers.Count; i++)
        {
            if (modifiers[i].Length == 0 || !PtxTypes.TryParse(modifiers[i], out var type)) continue;
            modifiers[i] = "";
            return type;
        }
        throw Fail("a type is missing or unknown");
    }

    /// <summary>Takes the next type and checks that it is one of those given.</summary>
    public PtxType Type(params ReadOnlySpan<PtxType> allowed)
    {
        var type = Type();
        if (!allowed.Contains(type)) throw Fail($"type .{type.Name()} is not possible here");
        return type;
    }

    public Rounding? FloatRounding() => AcceptAny("rn", "rz", "rm", "rp", "rna") switch
    {
        "rn" => Rounding.Nearest,
        "rz" => Rounding.Zero,
        "rm" => Rounding.Down,
        "rp" => Rounding.Up,
        "rna" => Rounding.Away,
        _ => null,
    };

    public Rounding? IntegerRounding() => AcceptAny("rni", "rzi", "rmi", "rpi") switch
    {
        "rni" => Rounding.Nearest,
        "rzi" => Rounding.Zero,
        "rmi" => Rounding.Down,
        "rpi" => Rounding.Up,
        _ => null,
    };

    public StateSpace Space() => AcceptAny("global", "shared", "shared::cta", "local", "const", "param") switch
    {
        "global" => StateSpace.Global,
        "shared" or "shared::cta" => StateSpace.Shared,
        "local" => StateSpace.Local,
        "const" => StateSpace.Const,
        "param" => StateSpace.Param,
        _ => StateSpace.Generic,
    };

    /// <summary>Takes ordering, scope and cache modifiers, which change nothing where memory is sequential; returns the ordering.</summary>
    public string? Ordering()
    {
        string? order = AcceptAny("volatile", "weak", "relaxed", "acquire", "release", "acq_rel", "sc");
        AcceptAny("cta", "gpu", "sys", "cluster");
        AcceptAny("ca", "cg", "cs", "lu", "cv", "wb", "wt");
        AcceptAny("L1::evict_normal", "L1::evict_unchanged", "L1::evict_first", "L1::evict_last", "L1::no_allocate");
        AcceptAny("L2::64B", "L2::128B", "L2::256B");
        return order;
    }
}
