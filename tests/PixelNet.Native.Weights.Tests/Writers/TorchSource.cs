using System.IO.Compression;
using System.Text;

namespace PixelNet.Native.Weights.Tests.Writers;

/// <summary>torch.save of a state dict, by hand: the zip form since 1.6 and the five pickles before it.</summary>
internal static class TorchSource
{
    /// <summary>A zip archive of a pickle and storages.</summary>
    public static void Zip(Stream stream, IReadOnlyList<SourceTensor> tensors, params string[] wrappers)
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        Entry(archive, "archive/data.pkl", target => target.Write(StateDict(tensors, wrappers)));
        for (int i = 0; i < tensors.Count; i++) Entry(archive, $"archive/data/{i}", tensors[i].Write);
        Entry(archive, "archive/version", target => target.Write("3\n"u8));
    }

    /// <summary>A zip archive around a pickle of one's own.</summary>
    public static byte[] Zip(byte[] pickle)
    {
        var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true)) Entry(archive, "archive/data.pkl", target => target.Write(pickle));
        return stream.ToArray();
    }

    /// <summary>Magic number, protocol, machine, state dict, keys; then each storage with its number of elements.</summary>
    public static void Legacy(Stream stream, IReadOnlyList<SourceTensor> tensors, params string[] wrappers)
    {
        stream.Write(LegacyHead(StateDict(tensors, wrappers), [.. tensors.Select((_, i) => $"{i}")]));
        foreach (var t in tensors)
        {
            stream.Write(BitConverter.GetBytes(t.Count));
            t.Write(stream);
        }
    }

    /// <summary>The five pickles around a state dict of one's own.</summary>
    public static byte[] LegacyHead(byte[] state, string[] keys)
    {
        var p = new Pickle();
        p.Raw(0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.');
        p.Raw(0x80, 2, (byte)'M', 0xE9, 0x03, (byte)'.');
        p.Raw(0x80, 2, (byte)'}').Text("little_endian").Raw(0x88, (byte)'s', (byte)'.');
        p.Raw(state);
        p.Raw(0x80, 2, (byte)']', (byte)'(');
        foreach (string key in keys) p.Text(key);
        return p.Raw((byte)'e', (byte)'.').ToArray();
    }

    /// <summary>An OrderedDict of tensors, inside dicts of the given keys.</summary>
    public static byte[] StateDict(IReadOnlyList<SourceTensor> tensors, params string[] wrappers)
    {
        var p = new Pickle().Raw(0x80, 2);
        foreach (string wrapper in wrappers) p.Raw((byte)'}').Text("epoch").Number(3).Raw((byte)'s').Text(wrapper);
        p.Global("collections", "OrderedDict").Raw((byte)')', (byte)'R', (byte)'(');
        for (int i = 0; i < tensors.Count; i++)
        {
            var t = tensors[i];
            string storage = t.Type switch { "F64" => "DoubleStorage", "F32" => "FloatStorage", "F16" => "HalfStorage", _ => "BFloat16Storage" };
            p.Text(t.Name).Global("torch._utils", "_rebuild_tensor_v2").Raw((byte)'(', (byte)'(').Text("storage").Global("torch", storage).Text($"{i}").Text("cpu").Number(t.Count).Raw((byte)'t', (byte)'Q');
            p.Number(0).Numbers(t.Shape);
            var strides = new long[t.Shape.Length];
            for (int axis = strides.Length - 1, step = 1; axis >= 0; step *= (int)t.Shape[axis--]) strides[axis] = step;
            p.Numbers(strides).Raw(0x89).Global("collections", "OrderedDict").Raw((byte)')', (byte)'R', (byte)'t', (byte)'R');
        }
        p.Raw((byte)'u');
        foreach (string _ in wrappers) p.Raw((byte)'s');
        return p.Raw((byte)'.').ToArray();
    }

    private static void Entry(ZipArchive archive, string name, Action<Stream> write)
    {
        using var entry = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
        write(entry);
    }
}

/// <summary>Opcodes of a pickle, one behind the other.</summary>
internal sealed class Pickle
{
    private readonly List<byte> _bytes = [];

    public Pickle Raw(params byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public Pickle Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return Raw((byte)'X').Raw(BitConverter.GetBytes(bytes.Length)).Raw(bytes);
    }

    public Pickle Number(long number) => number is >= int.MinValue and <= int.MaxValue ? Raw((byte)'J').Raw(BitConverter.GetBytes((int)number)) : Raw(0x8A, 8).Raw(BitConverter.GetBytes(number));

    public Pickle Numbers(params long[] numbers)
    {
        Raw((byte)'(');
        foreach (long number in numbers) Number(number);
        return Raw((byte)'t');
    }

    public Pickle Global(string module, string name) => Raw((byte)'c').Raw(Encoding.UTF8.GetBytes($"{module}\n{name}\n"));

    public byte[] ToArray() => [.. _bytes];
}
