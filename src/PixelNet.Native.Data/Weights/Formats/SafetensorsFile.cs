using System.Buffers.Binary;
using PixelNet.Native.Training;

namespace PixelNet.Native.Data.Weights.Formats;

/// <summary>Tensors of a safetensors file; the header is read by the engine's <see cref="SafetensorsReader"/>, which trusts nothing.</summary>
internal sealed class SafetensorsFile : WeightFile
{
    private readonly SafetensorsReader _reader;

    public SafetensorsFile(Stream stream, string source) : base(stream, source)
    {
        _reader = new SafetensorsReader(stream, source);
        Tensors = [.. _reader.Entries.Select(entry => Checked(new WeightTensor(entry.Name, Code(entry.Type), entry.Type,
            StridedView.Dense([.. entry.Shape]), entry.ByteLength, () => new SliceStream(stream, entry.Offset, entry.ByteLength))))];
    }

    public override string Format => "safetensors";

    public override IReadOnlyList<WeightTensor> Tensors { get; }

    public override IReadOnlyDictionary<string, string> Metadata => _reader.Metadata;

    /// <summary>A header's length below 4 GB, then an opening brace.</summary>
    public static bool IsOne(ReadOnlySpan<byte> head) =>
        head.Length >= 10 && head[8] == (byte)'{' && BinaryPrimitives.ReadUInt64LittleEndian(head) < 1L << 32;

    private static ElementCode Code(string type) => type switch
    {
        "F32" => ElementCode.F32,
        "F64" => ElementCode.F64,
        "F16" => ElementCode.F16,
        "BF16" => ElementCode.BF16,
        _ => ElementCode.Other,
    };
}
