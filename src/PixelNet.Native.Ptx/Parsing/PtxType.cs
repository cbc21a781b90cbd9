namespace PixelNet.Native.Ptx.Parsing;

/// <summary>The element types of PTX registers, parameters and memory operations (PTX ISA 7.8, section 5.2).</summary>
public enum PtxType
{
    /// <summary>1-bit predicate.</summary>
    Pred,
    /// <summary>8 bits without type.</summary>
    B8,
    /// <summary>8-bit unsigned integer.</summary>
    U8,
    /// <summary>8-bit signed integer.</summary>
    S8,
    /// <summary>16 bits without type.</summary>
    B16,
    /// <summary>16-bit unsigned integer.</summary>
    U16,
    /// <summary>16-bit signed integer.</summary>
    S16,
    /// <summary>IEEE half precision.</summary>
    F16,
    /// <summary>bfloat16: the upper half of a single.</summary>
    BF16,
    /// <summary>32 bits without type.</summary>
    B32,
    /// <summary>32-bit unsigned integer.</summary>
    U32,
    /// <summary>32-bit signed integer.</summary>
    S32,
    /// <summary>IEEE single precision.</summary>
    F32,
    /// <summary>Two half-precision values in 32 bits.</summary>
    F16X2,
    /// <summary>Two bfloat16 values in 32 bits.</summary>
    BF16X2,
    /// <summary>Single with the mantissa rounded to 10 bits.</summary>
    TF32,
    /// <summary>64 bits without type.</summary>
    B64,
    /// <summary>64-bit unsigned integer.</summary>
    U64,
    /// <summary>64-bit signed integer.</summary>
    S64,
    /// <summary>IEEE double precision.</summary>
    F64,
}

/// <summary>Names, sizes and classes of <see cref="PtxType"/>.</summary>
public static class PtxTypes
{
    private static readonly Dictionary<string, PtxType> ByName =
        Enum.GetValues<PtxType>().ToDictionary(t => t.ToString().ToLowerInvariant(), StringComparer.Ordinal);

    /// <summary>Finds a type by its PTX name without the dot, e.g. <c>f32</c>.</summary>
    /// <param name="name">The name in lower case.</param>
    /// <param name="type">The type, if known.</param>
    /// <returns>Whether the name is a type.</returns>
    public static bool TryParse(string name, out PtxType type) => ByName.TryGetValue(name, out type);

    /// <summary>Size in bytes; 1 for predicates, which occupy no memory.</summary>
    /// <param name="type">The type.</param>
    public static int Size(this PtxType type) => type switch
    {
        PtxType.Pred or PtxType.B8 or PtxType.U8 or PtxType.S8 => 1,
        PtxType.B16 or PtxType.U16 or PtxType.S16 or PtxType.F16 or PtxType.BF16 => 2,
        PtxType.B64 or PtxType.U64 or PtxType.S64 or PtxType.F64 => 8,
        _ => 4,
    };

    /// <summary>Whether the type is a two's complement integer.</summary>
    /// <param name="type">The type.</param>
    public static bool IsSigned(this PtxType type) => type is PtxType.S8 or PtxType.S16 or PtxType.S32 or PtxType.S64;

    /// <summary>Whether the type is an integer or untyped bits.</summary>
    /// <param name="type">The type.</param>
    public static bool IsInteger(this PtxType type) => type != PtxType.Pred && !type.IsFloat();

    /// <summary>Whether the type holds floating-point values (packed pairs included).</summary>
    /// <param name="type">The type.</param>
    public static bool IsFloat(this PtxType type) => type is PtxType.F16 or PtxType.BF16 or PtxType.F32 or PtxType.F16X2
        or PtxType.BF16X2 or PtxType.TF32 or PtxType.F64;

    /// <summary>The PTX name without the dot.</summary>
    /// <param name="type">The type.</param>
    public static string Name(this PtxType type) => type.ToString().ToLowerInvariant();
}
