namespace PixelNet.Native.Data.Weights.Formats;

/// <summary>
/// A .caffemodel: Caffe's <c>NetParameter</c> in Protocol Buffers. Layers are field 2 (V1: name 4, blobs 6; V0 within it as field 1: name 1, blobs 50) or 100
/// (V2: name 1, blobs 7); a blob has its shape as field 7 (dim 1) or as num, channels, height, width (1 to 4), and its numbers as floats (5) or doubles (8), packed
/// or, by very old writers, one by one. A blob is called NAME[0], NAME[1] ….
/// </summary>
internal sealed class CaffeFile : WeightFile
{
    private const int NetName = 1, NetV1Layer = 2, NetV2Layer = 100, V1OfV0 = 1;
    private const int BlobData = 5, BlobShape = 7, BlobDouble = 8, ShapeDim = 1;
    private const int MostLayers = 10_000;

    // Fields of a layer's name and of its blobs.
    private static readonly (int Name, int Blob) V0 = (1, 50), V1 = (4, 6), V2 = (1, 7);

    private readonly Stream _stream;

    public CaffeFile(Stream stream, string source) : base(stream, source)
    {
        _stream = stream;
        var bytes = new ByteReader(stream, source);
        var net = new ProtoReader(bytes, 0, stream.Length);
        var tensors = new List<WeightTensor>();
        int layers = 0;
        while (net.Next())
        {
            if (net.Wire != 2 || net.Field is not (NetV1Layer or NetV2Layer)) continue;
            if (++layers > MostLayers) throw bytes.Damaged($"more than {MostLayers:N0} layers");
            AddLayer(net.Message(), net.Field == NetV1Layer ? V1 : V2, tensors, bytes);
        }
        Tensors = Distinct(tensors, source);
        if (tensors.Count == 0) throw new PixelNetException($"{source} looks like a Caffe model without weights, or is of another format; give the .caffemodel, not the .prototxt or solverstate");
    }

    public override string Format => "Caffe";

    public override IReadOnlyList<WeightTensor> Tensors { get; }

    /// <summary>A message whose first field is a net's name, or a layer.</summary>
    public static bool IsOne(Stream stream)
    {
        stream.Position = 0;
        int first = stream.ReadByte();
        // 100*8 + 2 = 802 is the two bytes a2 06.
        return first is (NetName * 8) + 2 or (NetV1Layer * 8) + 2 || (first == 0xA2 && stream.ReadByte() == 0x06);
    }

    private void AddLayer(ProtoReader layer, (int Name, int Blob) fields, List<WeightTensor> tensors, ByteReader bytes)
    {
        string name = "";
        var blobs = new List<ProtoReader>();
        while (layer.Next())
        {
            if (layer.Field == fields.Name) name = layer.Text();
            else if (layer.Field == V1OfV0 && fields == V1) AddLayer(layer.Message(), V0, tensors, bytes);
            else if (layer.Field == fields.Blob)
            {
                if (blobs.Count == 8) throw bytes.Damaged($"more than 8 blobs of layer '{Shorten(name)}'");
                blobs.Add(layer.Message());
            }
        }
        for (int i = 0; i < blobs.Count; i++) tensors.Add(Blob($"{name}[{i}]", blobs[i], bytes));
    }

    private WeightTensor Blob(string name, ProtoReader blob, ByteReader bytes)
    {
        var legacy = new long[4];
        bool hasLegacy = false;
        List<long>? shape = null;
        long start = 0, length = 0, single = 0;
        var code = ElementCode.F32;
        while (blob.Next())
        {
            if (blob.Field is >= 1 and <= 4 && blob.Wire == 0) (legacy[blob.Field - 1], hasLegacy) = ((long)blob.Value, true);
            else if (blob.Field == BlobShape)
            {
                shape = [];
                var message = blob.Message();
                while (message.Next()) if (message.Field == ShapeDim) message.AddNumbers(shape);
            }
            else if (blob.Field is BlobData or BlobDouble)
            {
                var type = blob.Field == BlobData ? ElementCode.F32 : ElementCode.F64;
                int size = type.Bytes();
                // One by one: a key of one byte, then a number of wire type 5 or 1.
                bool one = blob.Wire == (size == 4 ? 5 : 1);
                if (one && (single == 0 ? length == 0 : type == code && blob.Start == start + single * (size + 1)))
                {
                    if (single++ == 0) (start, code) = (blob.Start, type);
                    length += size;
                    continue;
                }
                if (blob.Wire != 2 || length > 0) throw bytes.Damaged($"the numbers of '{Shorten(name)}' in several pieces");
                (start, length, code) = (blob.Start, blob.Length, type);
            }
        }
        long[] extents = shape is not null ? [.. shape] : hasLegacy ? legacy : [length / code.Bytes()];
        if (StridedView.CountOf(extents) < 0) throw bytes.Damaged($"the impossible shape [{string.Join(", ", extents)}] of '{Shorten(name)}'");
        return Checked(new WeightTensor(name, code, code == ElementCode.F32 ? "float" : "double", StridedView.Dense(extents), length,
            () => single > 0 ? new UnpackedStream(_stream, start - 1, single, code.Bytes()) : new SliceStream(_stream, start, length)));
    }
}
