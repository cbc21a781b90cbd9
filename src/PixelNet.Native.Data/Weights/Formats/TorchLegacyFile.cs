using System.Numerics;

namespace PixelNet.Native.Data.Weights.Formats;

/// <summary>
/// PyTorch's files before 1.6 (<c>_use_new_zipfile_serialization=False</c>; the published vgg16-397923af.pth is one): five pickles one behind the
/// other, a magic number, the protocol, facts of the machine, the state dict, the list of storage keys; then each storage in that order, its number of
/// elements as 8 bytes before it.
/// </summary>
internal sealed class TorchLegacyFile : WeightFile
{
    private const long Protocol = 1001;
    private static readonly BigInteger Magic = BigInteger.Parse("119547037146038801333356");

    public TorchLegacyFile(Stream stream, string source) : base(stream, source)
    {
        var reader = new ByteReader(stream, source);
        var pickles = new PickleReader(reader, source);
        if (pickles.Read() is not BigInteger magic || magic != Magic)
            throw new PixelNetException($"{source} is a Python pickle, but not one of torch.save; save the state dict: torch.save(model.state_dict(), FILE)");
        if (pickles.Read() is not Protocol) throw reader.Damaged("a protocol of torch.save that is not 1001");
        if (pickles.Read() is PickleDict facts && facts.Items.Any(item => item is { Key: "little_endian", Value: false }))
            throw new PixelNetException($"{source} was saved on a big-endian machine; save it again on a little-endian one");
        var named = TorchState.Find(pickles.Read(), source);
        if (pickles.Read() is not List<object?> keys) throw reader.Damaged("no list of storages behind the state dict");

        var types = named.GroupBy(item => item.Tensor.Storage.Key).ToDictionary(group => group.Key, group => group.First().Tensor.Storage);
        var places = new Dictionary<string, (long Start, long Length)>(StringComparer.Ordinal);
        foreach (object? item in keys)
        {
            if (item is not string key) throw reader.Damaged("a storage whose key is no text");
            if (!types.TryGetValue(key, out var storage)) throw reader.Damaged($"a storage '{Shorten(key)}' that no tensor has, so that its size is not known");
            ulong elements = reader.UInt64();
            int size = TorchState.Bytes(storage.TypeName);
            if (elements > (ulong)stream.Length / (ulong)size)
            {
                reader.Require(elements < 1UL << 48 ? (long)elements * size : long.MaxValue - reader.Position);
            }
            long length = (long)elements * size;
            reader.Require(length);
            if (!places.TryAdd(key, (reader.Position, length))) throw reader.Damaged($"storage '{Shorten(key)}' twice");
            reader.Position += length;
        }
        Tensors = Distinct([.. named.Select(item => Place(item.Name, item.Tensor, places))], source);

        WeightTensor Place(string name, PickleTensor tensor, Dictionary<string, (long Start, long Length)> at)
        {
            if (!at.TryGetValue(tensor.Storage.Key, out var place)) throw reader.Damaged($"no numbers of tensor '{Shorten(name)}'");
            return Checked(new WeightTensor(name, TorchState.Code(tensor.Storage.TypeName), tensor.Storage.TypeName, tensor.View, place.Length, () => new SliceStream(stream, place.Start, place.Length)));
        }
    }

    public override string Format => "PyTorch legacy";

    public override IReadOnlyList<WeightTensor> Tensors { get; }

    /// <summary>Any pickle of protocol 2 to 5.</summary>
    public static bool IsOne(ReadOnlySpan<byte> head) => head.Length >= 2 && head[0] == 0x80 && head[1] is >= 2 and <= 5;
}
