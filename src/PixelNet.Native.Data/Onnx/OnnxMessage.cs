using Google.Protobuf;

namespace PixelNet.Native.Data.Onnx;

/// <summary>Fields of a Protocol Buffers message by number, as <c>onnx.proto</c> gives them; a message within another is built first, since its
/// length comes before it.</summary>
internal static class OnnxMessage
{
    /// <summary>The bytes of a message.</summary>
    public static byte[] Of(Action<CodedOutputStream> write)
    {
        var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true)) write(output);
        return bytes.ToArray();
    }

    /// <summary>A whole number.</summary>
    public static void Number(this CodedOutputStream output, int field, long value)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt64(value);
    }

    /// <summary>A float.</summary>
    public static void Real(this CodedOutputStream output, int field, float value)
    {
        output.WriteTag(field, WireFormat.WireType.Fixed32);
        output.WriteFloat(value);
    }

    /// <summary>Text.</summary>
    public static void Text(this CodedOutputStream output, int field, string value)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteString(value);
    }

    /// <summary>A message, or bytes.</summary>
    public static void Message(this CodedOutputStream output, int field, byte[] message)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(UnsafeByteOperations.UnsafeWrap(message));
    }

    /// <summary>Key and length of a field whose bytes follow in another way.</summary>
    public static void Begin(this CodedOutputStream output, int field, int length)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteLength(length);
    }

    /// <summary>Bytes of a field of <paramref name="length"/> bytes with its key and length.</summary>
    public static long SizeOf(int field, long length) => CodedOutputStream.ComputeTagSize(field) + CodedOutputStream.ComputeUInt64Size((ulong)length) + length;
}
