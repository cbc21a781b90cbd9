using System.Runtime.InteropServices;

namespace PixelNet.Native.Weights.Tests.Writers;

/// <summary>A tensor to put into a weight file.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Shape">Extents, outermost first.</param>
/// <param name="Type">F32, F16, BF16 or F64.</param>
/// <param name="Write">Writes its bytes, row-major and little endian.</param>
internal sealed record SourceTensor(string Name, long[] Shape, string Type, Action<Stream> Write)
{
    /// <summary>Bytes of an element.</summary>
    public int Size => Type switch { "F64" => 8, "F32" => 4, _ => 2 };

    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, extent) => product * extent);

    /// <summary>Bytes of all.</summary>
    public long Bytes => Count * Size;

    /// <summary>A tensor of numbers that the type holds exactly.</summary>
    public static SourceTensor Of(string name, long[] shape, string type, float[] values) => new(name, shape, type, stream =>
    {
        byte[] bytes = type switch
        {
            "F32" => MemoryMarshal.AsBytes(values.AsSpan()).ToArray(),
            "F64" => MemoryMarshal.AsBytes<double>(Array.ConvertAll(values, value => (double)value)).ToArray(),
            "F16" => MemoryMarshal.AsBytes<Half>(Array.ConvertAll(values, value => (Half)value)).ToArray(),
            _ => MemoryMarshal.AsBytes<ushort>(Array.ConvertAll(values, value => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16))).ToArray(),
        };
        stream.Write(bytes);
    });
}
