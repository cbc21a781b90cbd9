using System.Buffers.Binary;
using System.Runtime.InteropServices;

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

    /// <summary>Numbers as a tensor stores them, as floats; the bytes are turned round in place where they have to be.</summary>
    public static void ToFloats(WeightTensor tensor, Span<byte> raw, Span<float> floats)
    {
        if (tensor.BigEndian == BitConverter.IsLittleEndian) SwapBytes(raw, tensor.Code.Bytes());
        switch (tensor.Code)
        {
            case ElementCode.F32:
                MemoryMarshal.Cast<byte, float>(raw).CopyTo(floats);
                break;
            case ElementCode.F64:
                var doubles = MemoryMarshal.Cast<byte, double>(raw);
                for (int i = 0; i < floats.Length; i++) floats[i] = (float)doubles[i];
                break;
            case ElementCode.F16:
                var halves = MemoryMarshal.Cast<byte, Half>(raw);
                for (int i = 0; i < floats.Length; i++) floats[i] = (float)halves[i];
                break;
            default:
                var upper = MemoryMarshal.Cast<byte, ushort>(raw);
                for (int i = 0; i < floats.Length; i++) floats[i] = BitConverter.UInt32BitsToSingle((uint)upper[i] << 16);
                break;
        }
    }

    private static void SwapBytes(Span<byte> raw, int size)
    {
        if (size == 8) Swap(MemoryMarshal.Cast<byte, ulong>(raw), BinaryPrimitives.ReverseEndianness);
        else if (size == 4) Swap(MemoryMarshal.Cast<byte, uint>(raw), BinaryPrimitives.ReverseEndianness);
        else Swap(MemoryMarshal.Cast<byte, ushort>(raw), BinaryPrimitives.ReverseEndianness);
    }

    private static void Swap<T>(Span<T> values, Func<T, T> swapped)
    {
        foreach (ref var value in values) value = swapped(value);
    }
}
