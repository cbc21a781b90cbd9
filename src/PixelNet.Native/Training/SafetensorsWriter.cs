using System.Buffers.Binary;
using System.Text.Json;

namespace PixelNet.Native.Training;

/// <summary>
/// Writes a safetensors stream (see <see cref="SafetensorsReader"/>): tensors in the order in which they were added, metadata sorted by key, the
/// header padded with spaces to a multiple of 8 bytes. Equal contents are equal bytes.
/// </summary>
public sealed class SafetensorsWriter
{
    private readonly List<(string Name, string Type, long[] Shape, long ByteLength, Action<Stream> Write)> _tensors = [];
    private readonly SortedDictionary<string, string> _metadata = new(StringComparer.Ordinal);

    /// <summary>Adds a string of metadata.</summary>
    public void AddMetadata(string key, string value) => _metadata.Add(key, value);

    /// <summary>Adds a tensor.</summary>
    /// <param name="name">Its name, unique in the file.</param>
    /// <param name="type">Element type as the format spells it, such as <c>F32</c>.</param>
    /// <param name="shape">Extents, outermost first.</param>
    /// <param name="write">Writes exactly its bytes, little endian and row-major; called by <see cref="WriteTo"/>.</param>
    public void Add(string name, string type, ReadOnlySpan<long> shape, Action<Stream> write)
    {
        if (_tensors.Any(tensor => tensor.Name == name)) throw new ArgumentException($"tensor '{name}' is there already");
        long bytes = SafetensorsEntry.BytesOf(type);
        foreach (long extent in shape) bytes = checked(bytes * extent);
        _tensors.Add((name, type, shape.ToArray(), bytes, write));
    }

    /// <summary>Writes header and data.</summary>
    /// <exception cref="InvalidOperationException">A tensor wrote another number of bytes than its shape has.</exception>
    public void WriteTo(Stream stream)
    {
        byte[] header = Header();
        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        stream.Write(prefix);
        stream.Write(header);
        foreach (var (name, _, _, byteLength, write) in _tensors)
        {
            long start = stream.CanSeek ? stream.Position : 0;
            write(stream);
            if (stream.CanSeek && stream.Position - start != byteLength)
                throw new InvalidOperationException($"tensor '{name}' wrote {stream.Position - start} bytes, not {byteLength}");
        }
    }

    private byte[] Header()
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (_metadata.Count > 0)
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in _metadata) json.WriteString(key, value);
                json.WriteEndObject();
            }
            long offset = 0;
            foreach (var (name, type, shape, byteLength, _) in _tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", type);
                json.WriteStartArray("shape");
                foreach (long extent in shape) json.WriteNumberValue(extent);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += byteLength);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (buffer.Length % 8 != 0) buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }
}
