using System.IO.Compression;
using System.Text;
using PixelNet.Native.Data.Weights;
using PixelNet.Native.Weights.Tests.Fuzzing;
using PixelNet.Native.Weights.Tests.Writers;
using Xunit;

namespace PixelNet.Native.Weights.Tests;

/// <summary>Files that lie: archives that explode or point elsewhere, shapes that cannot be, tensors that overlap, downloads that broke off. One sentence each.</summary>
public sealed class HostileWeightsTests
{
    private static readonly int[] Channels = [1, 2, 1, 3, 2], Dense = [2, 3, 2];

    private static SourceNet Net => new(1, Channels, Dense, bits: 8);

    public static TheoryData<string> Formats => [.. FuzzTargets.Weights.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_download_that_broke_off_says_how_many_bytes_are_missing(string format)
    {
        var target = FuzzTargets.Weights.Single(target => target.Name == format);
        byte[] file = target.Originals[0];
        foreach (int length in new[] { file.Length - 1, file.Length - 100, file.Length * 2 / 3, file.Length / 3, 40 })
        {
            string message = Assert.Throws<PixelNetException>(() => target.Read(file[..length])).Message;
            Assert.True(message.Contains("missing", StringComparison.Ordinal) || message.Contains($"{length:N0} bytes", StringComparison.Ordinal) || message.Contains("truncated", StringComparison.Ordinal), $"{length} of {file.Length}: {message}");
        }
    }

    [Theory]
    [InlineData("[3,-1]", "0,0", "whole numbers")]
    [InlineData("[9223372036854775807,9223372036854775807,2]", "0,4", "larger than any file")]
    [InlineData("[4294967296,4294967296]", "0,4", "larger than any file")]
    [InlineData("[1]", "0,8", "span 8")]
    [InlineData("[2]", "8,0", "span -8")]
    [InlineData("[1000000]", "0,4000000", "truncated")]
    [InlineData("[1,1,1,1,1,1,1,1,1]", "0,4", "at most 8")]
    public void Impossible_shapes_and_places_in_safetensors(string shape, string offsets, string part) =>
        Assert.Contains(part, Refusal(Safetensors($"\"features.0.weight\":{{\"dtype\":\"F32\",\"shape\":{shape},\"data_offsets\":[{offsets}]}}", 4)), StringComparison.Ordinal);

    [Fact]
    public void Overlapping_and_duplicate_tensors()
    {
        Assert.Contains("overlaps", Refusal(Safetensors("\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}", 8)), StringComparison.Ordinal);
        Assert.Contains("twice", Refusal(Safetensors("\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}", 8)), StringComparison.Ordinal);
        Assert.Contains("belong to no tensor", Refusal(Safetensors("\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}", 8)), StringComparison.Ordinal);
        var net = Net.Torch("F32");
        Assert.Contains("twice", Refusal(s => TorchSource.Zip(s, [.. net, net[0]])), StringComparison.Ordinal);
        // One message behind another is one message.
        byte[] caffe = Bytes(s => ProtoSource.Caffe(s, Net.Caffe("F32")));
        Assert.Contains("twice", Refusal([.. caffe, .. caffe]), StringComparison.Ordinal);
        Assert.Contains("twice", Refusal(s => SourceFiles.Npz(s, [.. net, net[0]])), StringComparison.Ordinal);
        // The same layer under two names.
        Assert.Contains("twice", Refusal(s => TorchSource.Zip(s, [.. net, net[0] with { Name = "module." + net[0].Name }])), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_that_repeats_its_elements_or_reaches_beyond_its_storage()
    {
        // torch.zeros(1).expand(...): strides of 0, a terabyte out of four bytes.
        byte[] Pickle(long elements, long[] shape, long[] strides, long offset)
        {
            var p = new Pickle().Raw(0x80, 2).Raw((byte)'}').Text("features.0.weight").Global("torch._utils", "_rebuild_tensor_v2").Raw((byte)'(', (byte)'(').Text("storage").Global("torch", "FloatStorage").Text("0").Text("cpu");
            return p.Number(elements).Raw((byte)'t', (byte)'Q').Number(offset).Numbers(shape).Numbers(strides).Raw(0x89, (byte)'}', (byte)'t', (byte)'R', (byte)'s', (byte)'.').ToArray();
        }
        string Refused(byte[] pickle)
        {
            byte[] legacy = [.. TorchSource.LegacyHead(pickle, ["0"]), .. BitConverter.GetBytes(1L), 0, 0, 0, 0];
            return Refusal(legacy);
        }
        Assert.Contains("repeats elements", Refused(Pickle(1, [1 << 20, 1 << 18], [0, 0], 0)), StringComparison.Ordinal);
        Assert.Contains("behind the 4 bytes", Refused(Pickle(1, [1 << 20, 1 << 18], [1 << 18, 1], 0)), StringComparison.Ordinal);
        Assert.Contains("behind the 4 bytes", Refused(Pickle(1, [1], [1], 1L << 60)), StringComparison.Ordinal);
        Assert.Contains("behind the 4 bytes", Refused(Pickle(1, [2, 2], [long.MaxValue, long.MaxValue], 0)), StringComparison.Ordinal);
        Assert.Contains("impossible shape", Refused(Pickle(1, [-1], [1], 0)), StringComparison.Ordinal);
        Assert.Contains("impossible shape", Refused(Pickle(1, [1], [-1], 0)), StringComparison.Ordinal);
        Assert.Contains("impossible shape", Refused(Pickle(1, [long.MaxValue, long.MaxValue], [1, 1], 0)), StringComparison.Ordinal);
        Assert.Contains("out of range", Refused(Pickle(1, [1], [1], -5)), StringComparison.Ordinal);
    }

    [Fact]
    public void Zip_bombs_are_read_only_as_far_as_they_are_needed()
    {
        // 256 MiB of zeros in 260 KB, as an array that nobody asks for.
        var bomb = new MemoryStream();
        using (var archive = new ZipArchive(bomb, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = archive.CreateEntry("bomb.npy", CompressionLevel.SmallestSize).Open();
            var zeros = new byte[1 << 20];
            for (int i = 0; i < 256; i++) entry.Write(zeros);
        }
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("not a NumPy array", Refusal(bomb.ToArray()), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 << 20);

        // A pickle of that size.
        var pickle = new MemoryStream();
        using (var archive = new ZipArchive(pickle, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = archive.CreateEntry("archive/data.pkl", CompressionLevel.SmallestSize).Open();
            var zeros = new byte[1 << 20];
            for (int i = 0; i < 64; i++) entry.Write(zeros);
        }
        before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("more than the", Refusal(pickle.ToArray()), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 << 20);
    }

    [Fact]
    public void An_array_of_Python_objects_is_left_alone()
    {
        var archive = new MemoryStream();
        archive.Write(Bytes(s => SourceFiles.Npz(s, Net.Hwio("F32", l => $"{l}_W", l => $"{l}_b"))));
        using (var zip = new ZipArchive(archive, ZipArchiveMode.Update, leaveOpen: true))
        {
            using var entry = zip.CreateEntry("objects.npy").Open();
            byte[] header = Encoding.Latin1.GetBytes("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n");
            entry.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. header, .. new Pickle().Raw(0x80, 2).Global("os", "system").ToArray()]);
        }
        using var weights = PretrainedWeights.Open(WeightFile.Open(archive, "some.npz"));
        Assert.Equal(["objects"], weights.Vgg.Extra);
    }

    [Fact]
    public void Entries_of_archives_are_compared_with_their_checksums()
    {
        foreach (byte[] file in new[]
        {
            Bytes(s => TorchSource.Zip(s, Net.Torch("F32"))),
            Bytes(s => SourceFiles.Npz(s, Net.Torch("F32"))),
            Bytes(s => SourceFiles.Npz(s, Net.Hwio("F32", l => $"{l}_W", l => $"{l}_b"), CompressionLevel.Fastest)),
        })
        {
            using var archive = new ZipArchive(new MemoryStream(file));
            foreach (var entry in archive.Entries)
            {
                if (entry.Name == "version") continue; // which nobody reads
                byte[] damaged = [.. file], sum = BitConverter.GetBytes(entry.Crc32);
                for (int at; (at = damaged.AsSpan().IndexOf(sum)) >= 0;) damaged[at] ^= 1;
                string message = Assert.Throws<PixelNetException>(() =>
                {
                    using var weights = PretrainedWeights.Open(WeightFile.Open(new MemoryStream(damaged), "some.file"));
                    weights.Save(new MemoryStream());
                }).Message;
                // Entries of the same numbers have the same sum, so the name may be another's.
                Assert.Contains("CRC-32 of '", message, StringComparison.Ordinal);
                Assert.Contains($"is {entry.Crc32:x8}, not", message, StringComparison.Ordinal);
                Assert.Contains("some.file", message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Paths_in_archives_lead_nowhere()
    {
        string here = Path.Combine(Path.GetTempPath(), $"pixelnet-traversal-{Environment.ProcessId}");
        Directory.CreateDirectory(here);
        try
        {
            var net = Net.Torch("F32");
            byte[] file = Bytes(s => SourceFiles.Npz(s, [.. net.Select(tensor => tensor with { Name = $"../../{tensor.Name}" }), net[0] with { Name = Path.Combine(here, "dropped") }]));
            // torchvision's names with a path before them are none.
            Assert.Contains("none is the first filter", Refusal(file), StringComparison.Ordinal);
            Assert.Empty(Directory.EnumerateFileSystemEntries(here));
        }
        finally
        {
            Directory.Delete(here, recursive: true);
        }
    }

    [Fact]
    public void Caffe_s_weights_under_nearly_torchvision_s_names_are_told_by_their_classifier()
    {
        // vgg16-00b39a1b.pth: classifier.1, .4 and .6 instead of .0, .3 and .6, and Caffe's preprocessing.
        var tensors = Net.Torch("F32").Select(t => t with { Name = t.Name.Replace("classifier.0", "classifier.1", StringComparison.Ordinal).Replace("classifier.3", "classifier.4", StringComparison.Ordinal) }).ToList();
        using var weights = PretrainedWeights.Open(WeightFile.Open(new MemoryStream(Bytes(s => TorchSource.Zip(s, tensors))), "some.pth"));
        Assert.Equal("pytorch-vgg", weights.Vgg.Convention);
        Assert.Equal(WeightPreprocessing.Caffe.ToTransform(), weights.Preprocessing.ToTransform());
        Assert.Empty(weights.Vgg.Missing);
        Assert.Equal("classifier.0.weight", weights.Vgg.Find("fc6.weight")!.Name);
    }

    [Fact]
    public void Control_characters_do_not_reach_the_terminal()
    {
        string message = Refusal(Safetensors("\"\\u001b[2J\\nfeatures\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}", 4));
        Assert.DoesNotContain(message, char.IsControl);
        Assert.Contains("?[2J?features", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_that_are_none_are_counted_and_no_network_starts_from_them()
    {
        var net = new SourceNet(1, Channels, bits: 8);
        var tensors = net.Torch("F32");
        tensors[2] = SourceTensor.Of(tensors[2].Name, tensors[2].Shape, "F32", [float.NaN, float.PositiveInfinity, .. new float[tensors[2].Count - 3], float.NegativeInfinity]);
        using var weights = PretrainedWeights.Open(WeightFile.Open(new MemoryStream(Bytes(s => TorchSource.Zip(s, tensors))), "nan.pth"));
        var (damaged, count) = Assert.Single(weights.Save(new NullStream()));
        Assert.Equal(("features.2.weight", 3L), (damaged.Name, count));
        Assert.Equal(3, weights.Measure(damaged).NonFinite);
    }

    [Fact]
    public void What_is_no_weight_file_is_named()
    {
        Assert.Contains("is empty", Refusal([]), StringComparison.Ordinal);
        Assert.Contains("web page", Refusal("<!DOCTYPE html>"u8.ToArray()), StringComparison.Ordinal);
        Assert.Contains("Git LFS", Refusal("version https://git-lfs.github.com/spec/v1\n"u8.ToArray()), StringComparison.Ordinal);
        Assert.Contains("gzip", Refusal([0x1F, 0x8B, 8, 0]), StringComparison.Ordinal);
        Assert.Contains("single NumPy array", Refusal([0x93, .. "NUMPY\x01\0"u8]), StringComparison.Ordinal);
        Assert.Contains("no known weight format", Refusal([1, 2, 3, 4, 5]), StringComparison.Ordinal);
        Assert.Contains("none is the first filter", Refusal(s => SourceFiles.Safetensors(s, [SourceTensor.Of("resnet.conv1.weight", [1], "F32", [0])])), StringComparison.Ordinal);
        Assert.Contains("not a dict of tensors", Refusal(TorchSource.Zip(new Pickle().Raw(0x80, 2, (byte)'N', (byte)'.').ToArray())), StringComparison.Ordinal);
    }

    private static byte[] Safetensors(string entries, int bytes)
    {
        byte[] header = Encoding.UTF8.GetBytes("{" + entries + "}");
        return [.. BitConverter.GetBytes((long)header.Length), .. header, .. new byte[bytes]];
    }

    private static byte[] Bytes(Action<Stream> write)
    {
        var stream = new MemoryStream();
        write(stream);
        return stream.ToArray();
    }

    private static string Refusal(Action<Stream> write) => Refusal(Bytes(write));

    private static string Refusal(byte[] file)
    {
        string message = Assert.Throws<PixelNetException>(() => PretrainedWeights.Open(WeightFile.Open(new MemoryStream(file), "some.file"))).Message;
        Assert.Contains("some.file", message, StringComparison.Ordinal);
        return message;
    }
}
