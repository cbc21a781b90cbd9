using System.Buffers.Binary;
using System.Text.Json;

namespace PixelNet.Native.Training;

/// <summary>
/// Reads a safetensors stream: 8 bytes of header length (little endian), a JSON object name -> {dtype, shape, data_offsets} with an optional
/// <c>__metadata__</c> of strings, then the data. The constructor reads and checks the header only; data is read tensor by tensor. The stream may
/// come from anyone: whatever it claims is checked against its length before anything is allocated for it.
/// </summary>
public sealed class SafetensorsReader
{
    /// <summary>The longest header that is read; a network of 1,000 tensors needs about 100 KB.</summary>
    public const int MaxHeaderBytes = 16 << 20;

    private const int MaxRank = 8;

    private readonly Stream _stream;
    private readonly string _source;
    private readonly Dictionary<string, SafetensorsEntry> _byName = [];
    private readonly Dictionary<string, string> _metadata = [];

    /// <summary>Reads the header.</summary>
    /// <param name="stream">A stream that can seek, from its start.</param>
    /// <param name="source">What messages call it; null = the file's name, or "the stream".</param>
    /// <exception cref="PixelNetException">It is not a valid safetensors file; the message says what and names the tensor.</exception>
    public SafetensorsReader(Stream stream, string? source = null)
    {
        (_stream, _source) = (stream, source ?? (stream as FileStream)?.Name ?? "the stream");
        Span<byte> prefix = stackalloc byte[8];
        if (stream.Length < 10) throw Bad($"it has only {stream.Length} bytes");
        stream.Position = 0;
        ReadExactly(prefix, "the header");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxHeaderBytes) throw Bad($"its header claims {length:N0} bytes, more than the {MaxHeaderBytes:N0} that are read");
        if ((long)length > stream.Length - 8)
            throw Bad($"its header claims {length:N0} bytes, but only {stream.Length - 8:N0} follow: it is truncated");
        byte[] header = new byte[length];
        ReadExactly(header, "the header");
        try
        {
            ParseHeader(header, 8 + (long)length);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            // InvalidOperationException: a value of another kind, or text that is not valid UTF-8.
            throw Bad($"its header is not valid JSON ({e.Message})", e);
        }
        Entries = [.. _byName.Values.OrderBy(entry => entry.Offset).ThenBy(entry => entry.ByteLength)];
        CheckLayout(8 + (long)length);
    }

    /// <summary>The strings of <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>The tensors in the order in which their data lies.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; }

    /// <summary>What messages call the stream.</summary>
    public string Source => _source;

    /// <summary>The tensor of that name, or null.</summary>
    public SafetensorsEntry? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Reads bytes of a tensor, from byte <paramref name="start"/> of it on.</summary>
    public void Read(SafetensorsEntry entry, Span<byte> destination, long start = 0)
    {
        if (start < 0 || start + destination.Length > entry.ByteLength)
            throw new ArgumentException($"bytes {start} to {start + destination.Length} do not lie in '{entry.Name}' of {entry.ByteLength} bytes");
        _stream.Position = entry.Offset + start;
        ReadExactly(destination, $"tensor '{entry.Name}'");
    }

    private void ParseHeader(byte[] header, long dataStart)
    {
        var json = new Utf8JsonReader(header, new JsonReaderOptions { MaxDepth = 4 });
        Expect(ref json, JsonTokenType.StartObject, "an object");
        while (json.Read() && json.TokenType != JsonTokenType.EndObject)
        {
            string name = json.GetString()!;
            if (name == "__metadata__") ParseMetadata(ref json);
            else if (!_byName.TryAdd(name, ParseEntry(ref json, name, dataStart))) throw Bad($"tensor '{name}' is there twice");
        }
        // Utf8JsonReader refuses anything but white space behind the object.
        while (json.Read()) { }
    }

    private void ParseMetadata(ref Utf8JsonReader json)
    {
        Expect(ref json, JsonTokenType.StartObject, "an object of metadata");
        while (json.Read() && json.TokenType != JsonTokenType.EndObject)
        {
            string key = json.GetString()!;
            Expect(ref json, JsonTokenType.String, $"a string for metadata '{key}'");
            if (!_metadata.TryAdd(key, json.GetString()!)) throw Bad($"metadata '{key}' is there twice");
        }
    }

    private SafetensorsEntry ParseEntry(ref Utf8JsonReader json, string name, long dataStart)
    {
        string? type = null;
        List<long>? shape = null, offsets = null;
        Expect(ref json, JsonTokenType.StartObject, $"an object for tensor '{name}'");
        while (json.Read() && json.TokenType != JsonTokenType.EndObject)
        {
            string key = json.GetString()!;
            bool twice = key switch { "dtype" => type is not null, "shape" => shape is not null, "data_offsets" => offsets is not null, _ => false };
            if (twice) throw Bad($"tensor '{name}' has '{key}' twice");
            if (key == "dtype")
            {
                Expect(ref json, JsonTokenType.String, $"a string for the type of tensor '{name}'");
                type = json.GetString();
            }
            else if (key == "shape") shape = ParseNumbers(ref json, name, key);
            else if (key == "data_offsets") offsets = ParseNumbers(ref json, name, key);
            else throw Bad($"tensor '{name}' has an unknown entry '{key}'");
        }
        if (type is null || shape is null || offsets is not { Count: 2 }) throw Bad($"tensor '{name}' lacks its type, its shape or its two offsets");
        int elementBytes = SafetensorsEntry.BytesOf(type);
        if (elementBytes == 0) throw Bad($"tensor '{name}' has an unknown type '{type}'");
        UInt128 bytes = (UInt128)elementBytes;
        foreach (long extent in shape)
        {
            // At most 8 extents below 2^63: two factors at a time stay below 2^128.
            bytes *= (UInt128)extent;
            if (bytes > long.MaxValue) throw Bad($"tensor '{name}' of shape [{string.Join(", ", shape)}] is larger than any file");
        }
        if (offsets[1] < offsets[0] || (UInt128)(offsets[1] - offsets[0]) != bytes)
            throw Bad($"tensor '{name}' of shape [{string.Join(", ", shape)}] and type {type} needs {bytes} bytes, "
                + $"but its offsets {offsets[0]} to {offsets[1]} span {(Int128)offsets[1] - offsets[0]}");
        if (offsets[1] > _stream.Length - dataStart)
            throw Bad($"tensor '{name}' ends at byte {(Int128)dataStart + offsets[1]}, but there are only {_stream.Length}: the file is truncated");
        return new SafetensorsEntry(name, type, shape, dataStart + offsets[0], (long)bytes);
    }

    private List<long> ParseNumbers(ref Utf8JsonReader json, string name, string key)
    {
        var numbers = new List<long>();
        Expect(ref json, JsonTokenType.StartArray, $"an array for '{key}' of tensor '{name}'");
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.Number || !json.TryGetInt64(out long number) || number < 0 || numbers.Count == MaxRank)
                throw Bad($"'{key}' of tensor '{name}' is not a list of at most {MaxRank} whole numbers from 0 to 2^63 - 1");
            numbers.Add(number);
        }
        return numbers;
    }

    private void CheckLayout(long dataStart)
    {
        long end = dataStart;
        foreach (var entry in Entries)
        {
            if (entry.Offset < end) throw Bad($"tensor '{entry.Name}' overlaps the one before it");
            if (entry.Offset > end) throw Bad($"{entry.Offset - end:N0} bytes before tensor '{entry.Name}' belong to no tensor");
            end += entry.ByteLength;
        }
        if (end != _stream.Length) throw Bad($"{_stream.Length - end:N0} bytes at its end belong to no tensor");
    }

    private void Expect(ref Utf8JsonReader json, JsonTokenType token, string what)
    {
        if (!json.Read() || json.TokenType != token) throw Bad($"its header should have {what} at byte {8 + json.TokenStartIndex}");
    }

    private void ReadExactly(Span<byte> destination, string what)
    {
        try
        {
            _stream.ReadExactly(destination);
        }
        catch (EndOfStreamException e)
        {
            throw Bad($"it ends within {what}", e);
        }
    }

    private PixelNetException Bad(string problem, Exception? cause = null)
    {
        // A name may be as long as the header, and hold anything.
        string message = $"{_source} is not a valid safetensors file: {ForeignText.Shorten(problem, 400)}";
        return cause is null ? new PixelNetException(message) : new PixelNetException(message, cause);
    }
}
