using System.Text;

namespace PixelNet.Native.Weights.Tests.Writers;

/// <summary>HDF5 in its oldest form, as Keras's published files are: superblock 0, groups of symbol tables, contiguous data sets. Tensors lie at paths such as
/// <c>block1_conv1/block1_conv1_W_1:0</c>.</summary>
internal sealed class Hdf5Source
{
    private const int LeafK = 64, InternalK = 16;
    private const long Undefined = -1;

    private readonly List<byte> _structure = [];
    private readonly List<(SourceTensor Tensor, int Patch)> _data = [];

    /// <summary>Writes a file.</summary>
    public static void Write(Stream stream, IReadOnlyList<SourceTensor> tensors)
    {
        var file = new Hdf5Source();
        file.Put(new byte[96]);
        var root = new SortedDictionary<string, object>(StringComparer.Ordinal);
        foreach (var tensor in tensors)
        {
            string[] path = tensor.Name.Split('/');
            var group = root;
            foreach (string name in path[..^1])
            {
                if (!group.TryGetValue(name, out object? inner)) group.Add(name, inner = new SortedDictionary<string, object>(StringComparer.Ordinal));
                group = (SortedDictionary<string, object>)inner;
            }
            group.Add(path[^1], tensor);
        }
        long header = file.Group(root);
        long end = file._structure.Count;
        foreach (var (tensor, patch) in file._data)
        {
            file.Set(patch, BitConverter.GetBytes(end));
            end += tensor.Bytes;
        }
        byte[] signature = [0x89, .. "HDF\r\n"u8, 0x1A, (byte)'\n', 0, 0, 0, 0, 0, 8, 8, 0];
        file.Set(0, Bytes(signature, (ushort)LeafK, (ushort)InternalK, 0, 0L, Undefined, end, Undefined, 0L, header, 0, 0, 0L, 0L));
        stream.Write(file._structure.ToArray());
        foreach (var (tensor, _) in file._data) tensor.Write(stream);
    }

    private long Group(SortedDictionary<string, object> members)
    {
        var names = new MemoryStream();
        names.Write(new byte[8]);
        var entries = new List<(long Name, long Header)>();
        foreach (var (name, member) in members)
        {
            entries.Add((names.Length, member is SourceTensor tensor ? Dataset(tensor) : Group((SortedDictionary<string, object>)member)));
            byte[] text = Encoding.UTF8.GetBytes(name);
            names.Write(text);
            names.Write(new byte[8 - text.Length % 8]);
        }
        long segment = Put(names.ToArray());
        long heap = Put("HEAP"u8.ToArray(), 0, names.Length, 1L, segment);
        long node = Put("SNOD"u8.ToArray(), (byte)1, (byte)0, (ushort)entries.Count);
        foreach (var (name, header) in entries) Put(name, header, 0, 0, 0L, 0L);
        Put(new byte[(2 * LeafK - entries.Count) * 40]);
        long tree = Put("TREE"u8.ToArray(), (byte)0, (byte)0, (ushort)1, Undefined, Undefined, 0L, node, entries.Count == 0 ? 0L : entries[^1].Name, new byte[(2 * InternalK - 1) * 16]);
        return Put((byte)1, (byte)0, (ushort)1, 1, 24, 0, (ushort)0x11, (ushort)16, 0, tree, heap);
    }

    private long Dataset(SourceTensor tensor)
    {
        var (precision, exponentAt, exponent, bias) = tensor.Type switch { "F64" => (64, 52, 11, 1023), "F32" => (32, 23, 8, 127), _ => (16, 10, 5, 15) };
        int space = 8 + 8 * tensor.Shape.Length;
        long start = Put((byte)1, (byte)0, (ushort)3, 1, 8 + space + 8 + 24 + 8 + 24, 0);
        Put((ushort)1, (ushort)space, 0, (byte)1, (byte)tensor.Shape.Length, new byte[6]);
        foreach (long extent in tensor.Shape) Put(extent);
        Put((ushort)3, (ushort)24, 0, (byte)0x11, (byte)0x20, (byte)(precision - 1), (byte)0, precision / 8);
        Put((ushort)0, (ushort)precision, (byte)exponentAt, (byte)exponent, (byte)0, (byte)exponentAt, bias, 0);
        Put((ushort)8, (ushort)24, 0, (byte)3, (byte)1);
        _data.Add((tensor, _structure.Count));
        Put(0L, tensor.Bytes, new byte[6]);
        return start;
    }

    private void Set(long place, byte[] bytes)
    {
        for (int i = 0; i < bytes.Length; i++) _structure[(int)place + i] = bytes[i];
    }

    private long Put(params object[] values)
    {
        long start = _structure.Count;
        _structure.AddRange(Bytes(values));
        return start;
    }

    private static byte[] Bytes(params object[] values) => [.. values.SelectMany(value => value switch
    {
        byte[] bytes => bytes,
        byte one => [one],
        ushort two => BitConverter.GetBytes(two),
        int four => BitConverter.GetBytes(four),
        long eight => BitConverter.GetBytes(eight),
        _ => throw new ArgumentException(value.GetType().Name),
    })];
}
