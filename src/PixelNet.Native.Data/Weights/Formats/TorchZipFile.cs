using System.IO.Compression;

namespace PixelNet.Native.Data.Weights.Formats;

/// <summary>PyTorch's files since 1.6: a zip archive of <c>NAME/data.pkl</c>, the state dict, and <c>NAME/data/KEY</c>, one storage each.</summary>
internal sealed class TorchZipFile : WeightFile
{
    private const int MostPickle = 16 << 20;

    public TorchZipFile(Stream stream, string source, IReadOnlyDictionary<string, ZipArchiveEntry> entries, string pickle) : base(stream, source)
    {
        string folder = pickle[..^"data.pkl".Length];
        if (entries.TryGetValue(folder + "byteorder", out var order) && ZipWeights.ReadAll(order, source, stream.Length, 64).AsSpan().StartsWith("big"u8))
            throw new PixelNetException($"{source} was saved on a big-endian machine; save it again on a little-endian one");
        var bytes = ZipWeights.ReadAll(entries[pickle], source, stream.Length, MostPickle);
        var reader = new ByteReader(new MemoryStream(bytes), $"{source} ({WeightFile.Shorten(pickle)})");
        var tensors = new List<WeightTensor>();
        foreach (var (name, tensor) in TorchState.Find(new PickleReader(reader, source).Read(), source))
        {
            var storage = tensor.Storage;
            if (!entries.TryGetValue($"{folder}data/{storage.Key}", out var entry))
                throw new PixelNetException($"{source} is incomplete: '{Shorten(folder)}data/{Shorten(storage.Key)}', the numbers of tensor '{Shorten(name)}', is not in it; fetch the file again");
            long length = ZipWeights.CheckedLength(entry, source, stream.Length);
            tensors.Add(Checked(new WeightTensor(name, TorchState.Code(storage.TypeName), storage.TypeName, tensor.View, length, () => ZipWeights.OpenAt(stream, entry, 0))));
        }
        Tensors = Distinct(tensors, source);
    }

    public override string Format => "PyTorch zip";

    public override IReadOnlyList<WeightTensor> Tensors { get; }
}
