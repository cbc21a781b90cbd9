using System.Text;

namespace PixelNet.Native.Weights.Tests.Writers;

/// <summary>Files of Protocol Buffers: Caffe's .caffemodel and TensorFlow's V1 checkpoint.</summary>
internal static class ProtoSource
{
    // One restart point, at the block's first byte.
    private static readonly byte[] Restarts = [0, 0, 0, 0, 1, 0, 0, 0];

    /// <summary>How a blob says what it holds.</summary>
    [Flags]
    public enum Blob
    {
        /// <summary>V2 layers, shape message, packed floats.</summary>
        Plain = 0,

        /// <summary>V1 layers.</summary>
        V1 = 1,

        /// <summary>num, channels, height and width instead of a shape message.</summary>
        FourExtents = 2,

        /// <summary>Doubles.</summary>
        Doubles = 4,

        /// <summary>Layers of the very first form, within V1's.</summary>
        V0 = 16,

        /// <summary>Every number as a field of its own, as writers before packing did.</summary>
        Unpacked = 8,
    }

    /// <summary>Caffe's NetParameter; tensors NAME[0], NAME[1] are the blobs of layer NAME.</summary>
    public static void Caffe(Stream stream, IReadOnlyList<SourceTensor> tensors, Blob form = Blob.Plain)
    {
        bool v0 = form.HasFlag(Blob.V0), v1 = v0 || form.HasFlag(Blob.V1);
        stream.Write(Field(1, "VGG_ILSVRC_16_layers"u8));
        foreach (var layer in tensors.GroupBy(tensor => tensor.Name[..tensor.Name.IndexOf('[', StringComparison.Ordinal)]))
        {
            byte[] head = v0 ? [.. Field(1, Encoding.UTF8.GetBytes(layer.Key)), .. Field(2, "conv"u8)]
                : v1 ? [.. Field(2, "data"u8), .. Field(4, Encoding.UTF8.GetBytes(layer.Key)), .. Field(5, 4)] : [.. Field(1, Encoding.UTF8.GetBytes(layer.Key)), .. Field(2, "Convolution"u8)];
            var blobs = layer.Select(tensor => (Tensor: tensor, Head: BlobHead(tensor, form), Bytes: form.HasFlag(Blob.Unpacked) ? tensor.Count * (tensor.Size + 1) : tensor.Bytes)).ToList();
            int blobField = v0 ? 50 : v1 ? 6 : 7;
            long length = head.Length + blobs.Sum(blob => Key(blobField, 2).Length + Varint(blob.Head.Length + blob.Bytes).Length + blob.Head.Length + blob.Bytes);
            byte[] inner = v0 ? [.. Key(1, 2), .. Varint(length)] : [];
            stream.Write([.. Key(v1 ? 2 : 100, 2), .. Varint(inner.Length + length), .. inner, .. head]);
            foreach (var (tensor, blobHead, bytes) in blobs)
            {
                stream.Write([.. Key(blobField, 2), .. Varint(blobHead.Length + bytes), .. blobHead]);
                if (form.HasFlag(Blob.Unpacked)) WriteUnpacked(stream, tensor);
                else tensor.Write(stream);
            }
        }
    }

    private static byte[] BlobHead(SourceTensor tensor, Blob form)
    {
        byte[] shape;
        if (form.HasFlag(Blob.FourExtents))
        {
            long[] four = [.. Enumerable.Repeat(1L, 4 - tensor.Shape.Length), .. tensor.Shape];
            shape = [.. four.SelectMany((extent, i) => Field(i + 1, extent))];
        }
        else
        {
            byte[] extents = [.. tensor.Shape.SelectMany(Varint)];
            shape = Field(7, Field(1, extents));
        }
        return form.HasFlag(Blob.Unpacked) ? shape : [.. shape, .. Key(tensor.Type == "F64" ? 8 : 5, 2), .. Varint(tensor.Bytes)];
    }

    private static void WriteUnpacked(Stream stream, SourceTensor tensor)
    {
        var bytes = new MemoryStream();
        tensor.Write(bytes);
        byte[] key = tensor.Type == "F64" ? Key(8, 1) : Key(5, 5);
        foreach (byte[] number in bytes.ToArray().Chunk(tensor.Size)) stream.Write([.. key, .. number]);
    }

    /// <summary>LevelDB's table of SavedTensorSlices, uncompressed or as Snappy's literals, each tensor in a block; those that the predicate takes as tensor_content,
    /// the others as float_val.</summary>
    public static void Table(Stream stream, IReadOnlyList<SourceTensor> tensors, bool snappy = false, Func<string, bool>? content = null)
    {
        byte[] Shape(SourceTensor tensor) => [.. tensor.Shape.SelectMany(extent => Field(2, Field(1, extent)))];
        byte[] Slice(SourceTensor tensor) => [.. tensor.Shape.SelectMany(_ => Field(1, default(ReadOnlySpan<byte>)))];
        byte[] meta = Field(1, [.. tensors.SelectMany(tensor => Field(1, [.. Field(1, Encoding.UTF8.GetBytes(tensor.Name)), .. Field(2, Shape(tensor)), .. Field(3, 1), .. Field(4, Slice(tensor))])), .. Field(2, Field(1, 1))]);
        long offset = 0;
        var index = new MemoryStream();
        Put([], meta.Length, target => target.Write(meta));
        foreach (var tensor in tensors)
        {
            byte[] name = [.. Field(1, Encoding.UTF8.GetBytes(tensor.Name)), .. Field(2, Slice(tensor))];
            byte[] numbers = [.. Field(1, 1), .. Key(content?.Invoke(tensor.Name) == true ? 4 : 5, 2), .. Varint(tensor.Bytes)];
            byte[] data = [.. Key(3, 2), .. Varint(numbers.Length + tensor.Bytes), .. numbers];
            byte[] head = [.. Key(2, 2), .. Varint(name.Length + data.Length + tensor.Bytes), .. name, .. data];
            Put([0, 1, .. Encoding.UTF8.GetBytes(tensor.Name), 0, 1], head.Length + tensor.Bytes, target =>
            {
                target.Write(head);
                tensor.Write(target);
            });
        }
        byte[] metaIndex = [.. Varint(offset), .. Varint(Restarts.Length)];
        WriteBlock(Restarts.Length, target => target.Write(Restarts), packed: false);
        byte[] entries = [.. index.ToArray(), .. Restarts];
        byte[] handles = [.. metaIndex, .. Varint(offset), .. Varint(entries.Length)];
        WriteBlock(entries.Length, target => target.Write(entries), packed: false);
        stream.Write([.. handles, .. new byte[40 - handles.Length], 0x57, 0xFB, 0x80, 0x8B, 0x24, 0x75, 0x47, 0xDB]);

        void Put(byte[] key, long length, Action<Stream> write)
        {
            byte[] head = [0, .. Varint(key.Length), .. Varint(length), .. key];
            long start = offset;
            long stored = WriteBlock(head.Length + length + Restarts.Length, target =>
            {
                target.Write(head);
                write(target);
                target.Write(Restarts);
            }, snappy);
            byte[] handle = [.. Varint(start), .. Varint(stored)];
            index.Write([0, .. Varint(key.Length), .. Varint(handle.Length), .. key, .. handle]);
        }

        long WriteBlock(long length, Action<Stream> write, bool packed)
        {
            if (packed)
            {
                var plain = new MemoryStream();
                write(plain);
                byte[] literals = [.. Varint(plain.Length), .. plain.ToArray().Chunk(50_000).SelectMany(piece => (byte[])[61 << 2, (byte)(piece.Length - 1), (byte)((piece.Length - 1) >> 8), .. piece])];
                stream.Write(literals);
                length = literals.Length;
            }
            else write(stream);
            stream.Write([packed ? (byte)1 : (byte)0, 0, 0, 0, 0]);
            offset += length + 5;
            return length;
        }
    }

    public static byte[] Varint(long number)
    {
        var bytes = new List<byte>();
        for (ulong rest = (ulong)number; ; rest >>= 7)
        {
            if (rest < 128) return [.. bytes, (byte)rest];
            bytes.Add((byte)(rest & 127 | 128));
        }
    }

    public static byte[] Field(int number, long value) => [.. Key(number, 0), .. Varint(value)];

    public static byte[] Field(int number, ReadOnlySpan<byte> bytes) => [.. Key(number, 2), .. Varint(bytes.Length), .. bytes];

    private static byte[] Key(int number, int wire) => Varint(number << 3 | wire);
}
