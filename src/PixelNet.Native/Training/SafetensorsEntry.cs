namespace PixelNet.Native.Training;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Its name, unique in the file.</param>
/// <param name="Type">Element type as the format spells it: <c>F32</c>, <c>F64</c>, <c>F16</c>, <c>BF16</c>, <c>I64</c>, <c>U8</c> …</param>
/// <param name="Shape">Extents, outermost first; none = a scalar.</param>
/// <param name="Offset">Where it starts in the stream, in bytes.</param>
/// <param name="ByteLength">Its size.</param>
public sealed record SafetensorsEntry(string Name, string Type, IReadOnlyList<long> Shape, long Offset, long ByteLength)
{
    /// <summary>Bytes of one element of a type, or 0 if there is no such type.</summary>
    public static int BytesOf(string type) => type switch
    {
        "F64" or "I64" or "U64" => 8,
        "F32" or "I32" or "U32" => 4,
        "F16" or "BF16" or "I16" or "U16" => 2,
        "U8" or "I8" or "BOOL" or "F8_E4M3" or "F8_E5M2" => 1,
        _ => 0,
    };

    /// <summary>Such as <c>[64, 3, 3, 3]</c>.</summary>
    public string ShapeText => $"[{string.Join(", ", Shape)}]";
}
