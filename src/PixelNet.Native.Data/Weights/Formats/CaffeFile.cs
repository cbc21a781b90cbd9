namespace PixelNet.Native.Data.Weights.Formats;

/// <summary>
/// A .caffemodel: Caffe's <c>NetParameter</c> in Protocol Buffers. Layers are field 2 (V1: name 4, blobs 6) or 100 (V2: name 1, blobs 7); a blob has its
/// shape as field 7 (dim 1) or as num, channels, height, width (1 to 4), and its numbers as packed floats (5). A blob is called NAME[0], NAME[1] ….
/// </summary>
internal sealed class CaffeFile : WeightFile
{
    private const int NetName = 1, NetV1Layer = 2, NetV2Layer = 100, V1Name = 4, V1Blob = 6, V2Name = 1, V2Blob = 7;
    private const int BlobData = 5, BlobShape = 7, BlobDouble = 8, ShapeDim = 1;
    private const int MostLayers = 10_000;

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
            AddLayer(net.Message(), net.Field == NetV1Layer, tensors, bytes);
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

    private void AddLayer(ProtoReader layer, bool v1, List<WeightTensor> tensors, ByteReader bytes)
    {
        string name = "";
        var blobs = new List<ProtoReader>();
        while (layer.Next())
        {
            if (layer.Field == (v1 ? V1Name : V2Name)) name = layer.Text();
            else if (layer.Field == (v1 ? V1Blob : V2Blob))
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
        long start = 0, length = 0;
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
                if (blob.Wire != 2 || length > 0) throw bytes.Damaged($"the numbers of '{Shorten(name)}' in several pieces");
                (start, length, code) = (blob.Start, blob.Length, blob.Field == BlobData ? ElementCode.F32 : ElementCode.F64);
            }
        }
        long[] extents = shape is not null ? [.. shape] : hasLegacy ? legacy : [length / code.Bytes()];
        if (StridedView.CountOf(extents) < 0) throw bytes.Damaged($"the impossible shape [{string.Join(", ", extents)}] of '{Shorten(name)}'");
        return Checked(new WeightTensor(name, code, code == ElementCode.F32 ? "float" : "double", StridedView.Dense(extents), length, () => new SliceStream(_stream, start, length)));
    }
}
