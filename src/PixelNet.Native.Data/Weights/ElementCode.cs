namespace PixelNet.Native.Data.Weights;

/// <summary>How a number of a weight file is stored.</summary>
public enum ElementCode
{
    /// <summary>A type whose tensors are listed but not read: whole numbers, booleans, 8-bit floats.</summary>
    Other,

    /// <summary>IEEE 754 single.</summary>
    F32,

    /// <summary>IEEE 754 double; rounded to single.</summary>
    F64,

    /// <summary>IEEE 754 half; exact in single.</summary>
    F16,

    /// <summary>The upper half of a single; exact in single.</summary>
    BF16,
}

/// <summary>Sizes of <see cref="ElementCode"/>.</summary>
internal static class ElementCodes
{
    /// <summary>Bytes of one element; 0 for <see cref="ElementCode.Other"/>.</summary>
    public static int Bytes(this ElementCode code) => code switch
    {
        ElementCode.F64 => 8,
        ElementCode.F32 => 4,
        ElementCode.F16 or ElementCode.BF16 => 2,
        _ => 0,
    };
}
