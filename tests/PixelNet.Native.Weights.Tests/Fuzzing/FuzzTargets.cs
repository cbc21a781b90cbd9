using System.Buffers.Binary;
using System.Text;
using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Data.Imaging;
using PixelNet.Native.Data.Presets;
using PixelNet.Native.Data.Tests;
using PixelNet.Native.Data.Weights;
using PixelNet.Native.Weights.Tests.Writers;

namespace PixelNet.Native.Weights.Tests.Fuzzing;

/// <summary>Every format that is read from people's disks, as <see cref="FuzzTarget"/>.</summary>
internal static class FuzzTargets
{
    private static readonly int[] Channels = [2, 3, 2, 4, 3];
    private static readonly int[] Dense = [3, 2, 4];

    /// <summary>Weight files, by the name of their format; checkpoints too.</summary>
    public static IReadOnlyList<FuzzTarget> Weights { get; } =
    [
        Of("safetensors", s => SourceFiles.Safetensors(s, Net(1).Torch("F32")), s => SourceFiles.Safetensors(s, Net(2, batchNorm: true).Torch("BF16"))),
        Of("pth", RepairEntries, s => TorchSource.Zip(s, Net(3).Torch("F32")), s => TorchSource.Zip(s, Net(4, batchNorm: true).Torch("F16", "module."), "state_dict")),
        Of("legacy pth", s => TorchSource.Legacy(s, Net(5).Torch("F32")), s => TorchSource.Legacy(s, Net(6, batchNorm: true).Torch("F64"), "model")),
        Of("npz", RepairEntries, s => SourceFiles.Npz(s, Net(7).Hwio("F32", l => $"{l}_W", l => $"{l}_b")), s => SourceFiles.Npz(s, Net(8).Hwio("F16", l => $"{l}_W", l => $"{l}_b", fortran: true), System.IO.Compression.CompressionLevel.Fastest, name => name[^1] == 'W')),
        Of("caffemodel", s => ProtoSource.Caffe(s, Net(9).Caffe("F32")), s => ProtoSource.Caffe(s, Net(10).Caffe("F32"), ProtoSource.Blob.V1 | ProtoSource.Blob.FourExtents), s => ProtoSource.Caffe(s, Net(11).Caffe("F64"), ProtoSource.Blob.V0 | ProtoSource.Blob.Unpacked)),
        Of("h5", s => Hdf5Source.Write(s, Keras(12, "{0}/{0}/kernel:0", "{0}/{0}/bias:0")), s => Hdf5Source.Write(s, Keras(13, "layers/{0}/vars/0", "layers/{0}/vars/1"))),
        // By h5py: chunks plain, deflated, shuffled; and a .keras archive.
        Of("h5 in chunks, keras", RepairEntries, s => s.Write(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Files", "fuzz_chunks.h5"))), s => KerasArchive(s, Keras(13, "layers/{0}/vars/0", "layers/{0}/vars/1"))),
        Of("ckpt", s => ProtoSource.Table(s, Slim(14)), s => ProtoSource.Table(s, Slim(15), snappy: true, content: name => name[^1] == 's')),
        Checkpoint(),
    ];

    /// <summary>What else is read: configurations and images.</summary>
    public static IReadOnlyList<FuzzTarget> Others { get; } =
    [
        new("toml", [.. RunConfigs.PresetNames.Select(name => Encoding.UTF8.GetBytes(RunConfigs.Write(RunConfigs.Load(name))))], file =>
        {
            RunConfigs.Read(Encoding.UTF8.GetString(file), "fuzz.toml");
            return 0;
        }),
        new("png",
        [
            TestPng.Encode(8, 4, 8, PngColorType.Grey, [.. Enumerable.Range(0, 32).Select(i => (ushort)(i * 7))]),
            TestPng.Encode(9, 9, 2, PngColorType.Palette, new ushort[81], interlaced: true, palette: new byte[12]),
            TestPng.Encode(5, 7, 16, PngColorType.Rgba, [.. Enumerable.Range(0, 140).Select(i => (ushort)(i * 451))], filters: [4, 3]),
        ], Image, RepairChecksums),
        new("jpeg", [TestJpeg.Encode(new byte[,] { { 10, 200, 30 }, { 128, 0, 255 } }, color: true), TestJpeg.Encode(new byte[9, 9])], Image),
    ];

    private static SourceNet Net(int seed, bool batchNorm = false) => new(seed, Channels, batchNorm ? null : Dense, batchNorm, bits: 8);

    private static List<SourceTensor> Keras(int seed, string weight, string bias) => Net(seed).Hwio("F32", l => weight.Replace("{0}", SourceNet.Keras(l), StringComparison.Ordinal), l => bias.Replace("{0}", SourceNet.Keras(l), StringComparison.Ordinal));

    private static List<SourceTensor> Slim(int seed) => Net(seed).Hwio("F32", l => $"{SourceNet.Slim(l)}/weights", l => $"{SourceNet.Slim(l)}/biases", slim: true);

    private static void KerasArchive(Stream stream, List<SourceTensor> tensors)
    {
        using var archive = new System.IO.Compression.ZipArchive(stream, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true);
        using var entry = archive.CreateEntry("model.weights.h5", System.IO.Compression.CompressionLevel.NoCompression).Open();
        Hdf5Source.Write(entry, tensors);
    }

    private static FuzzTarget Of(string name, params Action<Stream>[] writers) => Of(name, null, writers);

    private static FuzzTarget Of(string name, Action<byte[]>? repair, params Action<Stream>[] writers) => new(name, [.. writers.Select(Bytes)], file =>
    {
        using var weights = PretrainedWeights.Open(WeightFile.Open(new MemoryStream(file), "fuzz"));
        weights.Save(new NullStream());
        return weights.Vgg.Tensors.Sum(tensor => 4 * tensor.View.Count);
    }, repair);

    private static FuzzTarget Checkpoint()
    {
        var backend = new CpuBackend(1);
        return new FuzzTarget("checkpoint", [SmallCheckpoint.Bytes(backend, batchNorm: true), SmallCheckpoint.Bytes(backend, batchNorm: false)], file =>
        {
            var (_, parameters) = Training.Checkpoint.Load(new MemoryStream(file), backend, "fuzz");
            using (parameters) return 4 * parameters.Count;
        });
    }

    private static long Image(byte[] file) => ImageFile.Read(file, "fuzz").Pixels.Length;

    private static void RepairChecksums(byte[] file)
    {
        for (int at = 8; at + 12 <= file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            if (length < 0 || length > file.Length - at - 12) return;
            BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(at + 8 + length), Crc32.Of(file.AsSpan(at + 4, 4 + length)));
            at += 12 + length;
        }
    }

    // CRC-32 of a zip archive's stored entries, in the central directory and in front of the entry.
    private static void RepairEntries(byte[] file)
    {
        for (int next, at = file.AsSpan().IndexOf("PK\u0001\u0002"u8); at >= 0 && at + 46 <= file.Length; at = next < 0 ? -1 : at + 4 + next)
        {
            next = file.AsSpan(at + 4).IndexOf("PK\u0001\u0002"u8);
            var entry = file.AsSpan(at);
            long length = BinaryPrimitives.ReadUInt32LittleEndian(entry[20..]), local = BinaryPrimitives.ReadUInt32LittleEndian(entry[42..]);
            if (BinaryPrimitives.ReadUInt16LittleEndian(entry[10..]) != 0 || local + 30 > file.Length) continue;
            var head = file.AsSpan((int)local);
            int data = 30 + BinaryPrimitives.ReadUInt16LittleEndian(head[26..]) + BinaryPrimitives.ReadUInt16LittleEndian(head[28..]);
            if (data + length > head.Length) continue;
            uint crc = Crc32.Of(head.Slice(data, (int)length));
            BinaryPrimitives.WriteUInt32LittleEndian(entry[16..], crc);
            BinaryPrimitives.WriteUInt32LittleEndian(head[14..], crc);
        }
    }

    private static byte[] Bytes(Action<Stream> write)
    {
        var stream = new MemoryStream();
        write(stream);
        return stream.ToArray();
    }
}
