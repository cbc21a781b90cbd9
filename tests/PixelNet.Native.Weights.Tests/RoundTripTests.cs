using System.IO.Compression;
using CsCheck;
using PixelNet.Native.Data.Weights;
using PixelNet.Native.Training;
using PixelNet.Native.Weights.Tests.Writers;
using Xunit;

namespace PixelNet.Native.Weights.Tests;

/// <summary>Networks of random channel numbers in every format and variant come out as safetensors of the same bits, under torchvision's names, as [K,C,R,S].</summary>
public sealed class RoundTripTests
{
    private sealed record Variant(string Name, int Bits, bool BatchNorm, Action<SourceNet, Stream> Write)
    {
        public override string ToString() => Name;
    }

    private static readonly Variant[] Variants =
    [
        new("safetensors", 32, false, (net, s) => SourceFiles.Safetensors(s, net.Torch("F32"))),
        new("safetensors F64", 8, true, (net, s) => SourceFiles.Safetensors(s, net.Torch("F64"))),
        new("safetensors F16", 8, false, (net, s) => SourceFiles.Safetensors(s, net.Torch("F16"))),
        new("safetensors BF16", 8, false, (net, s) => SourceFiles.Safetensors(s, net.Torch("BF16"))),
        new("pth", 32, false, (net, s) => TorchSource.Zip(s, net.Torch("F32"))),
        new("pth with batch normalisation", 32, true, (net, s) => TorchSource.Zip(s, net.Torch("F32"), "state_dict")),
        new("pth F16 wrapped twice", 8, false, (net, s) => TorchSource.Zip(s, net.Torch("F16", "module."), "model", "state_dict")),
        new("pth BF16", 8, true, (net, s) => TorchSource.Zip(s, net.Torch("BF16", "backbone."))),
        new("pth of features in DataParallel", 32, false, (net, s) => TorchSource.Zip(s, [.. net.Torch("F32").Select(t => t with { Name = t.Name.Replace("features.", "features.module.", StringComparison.Ordinal) })], "state_dict")),
        new("legacy pth", 32, false, (net, s) => TorchSource.Legacy(s, net.Torch("F32", "module."), "state_dict")),
        new("legacy pth F64", 8, true, (net, s) => TorchSource.Legacy(s, net.Torch("F64"), "net")),
        new("npz", 32, false, (net, s) => SourceFiles.Npz(s, net.Hwio("F32", l => $"{l}_W", l => $"{l}_b"))),
        new("npz deflated F64", 8, false, (net, s) => SourceFiles.Npz(s, net.Hwio("F64", l => $"{l}_W", l => $"{l}_b"), CompressionLevel.Fastest)),
        new("npz F16 in Fortran order", 8, false, (net, s) => SourceFiles.Npz(s, net.Hwio("F16", l => $"{l}_W", l => $"{l}_b", fortran: true), fortran: name => name.EndsWith('W'))),
        new("npz in Fortran order", 32, false, (net, s) => SourceFiles.Npz(s, net.Hwio("F32", l => $"{l}_W", l => $"{l}_b", fortran: true), fortran: name => name.EndsWith('W'))),
        new("npz of torchvision's names", 32, true, (net, s) => SourceFiles.Npz(s, net.Torch("F32"))),
        new("caffemodel", 32, false, (net, s) => ProtoSource.Caffe(s, net.Caffe("F32"))),
        new("caffemodel V1", 32, false, (net, s) => ProtoSource.Caffe(s, net.Caffe("F32"), ProtoSource.Blob.V1 | ProtoSource.Blob.FourExtents)),
        new("caffemodel V0", 32, false, (net, s) => ProtoSource.Caffe(s, net.Caffe("F32"), ProtoSource.Blob.V0 | ProtoSource.Blob.FourExtents)),
        new("caffemodel of doubles", 8, false, (net, s) => ProtoSource.Caffe(s, net.Caffe("F64", convolutional: true))),
        new("caffemodel unpacked", 32, false, (net, s) => ProtoSource.Caffe(s, net.Caffe("F32", convolutional: true), ProtoSource.Blob.Unpacked)),
        new("caffemodel V1, doubles unpacked", 8, false, (net, s) => ProtoSource.Caffe(s, net.Caffe("F64"), ProtoSource.Blob.Unpacked | ProtoSource.Blob.V1 | ProtoSource.Blob.FourExtents)),
        new("h5 of Keras 2", 32, false, (net, s) => Hdf5Source.Write(s, net.Hwio("F32", l => $"{SourceNet.Keras(l)}/{SourceNet.Keras(l)}/kernel:0", l => $"{SourceNet.Keras(l)}/{SourceNet.Keras(l)}/bias:0"))),
        new("h5 of Keras 1", 32, false, (net, s) => Hdf5Source.Write(s, net.Hwio("F32", l => $"{SourceNet.Keras(l)}/{SourceNet.Keras(l)}_W_1:0", l => $"{SourceNet.Keras(l)}/{SourceNet.Keras(l)}_b_1:0"))),
        new("h5 of a whole Keras 2 model, F16", 8, false, (net, s) => Hdf5Source.Write(s, net.Hwio("F16", l => $"model_weights/{SourceNet.Keras(l)}/vgg16/{SourceNet.Keras(l)}/kernel:0", l => $"model_weights/{SourceNet.Keras(l)}/vgg16/{SourceNet.Keras(l)}/bias:0"))),
        new("h5 of Keras 3", 8, false, (net, s) => Hdf5Source.Write(s, net.Hwio("F64", l => $"layers/{SourceNet.Keras(l)}/vars/0", l => $"layers/{SourceNet.Keras(l)}/vars/1"))),
        new("h5 of Keras 3, layers numbered by class", 32, false, (net, s) => Hdf5Source.Write(s, net.Hwio("F32", l => $"layers/{Numbered(l)}/vars/0", l => $"layers/{Numbered(l)}/vars/1"))),
        new("ckpt", 32, false, (net, s) => ProtoSource.Table(s, net.Hwio("F32", l => $"{SourceNet.Slim(l)}/weights", l => $"{SourceNet.Slim(l)}/biases", slim: true))),
        new("ckpt packed, tensor_content", 32, false, (net, s) => ProtoSource.Table(s, net.Hwio("F32", l => $"{SourceNet.Slim(l)}/weights", l => $"{SourceNet.Slim(l)}/biases", slim: true), snappy: true, content: name => name.EndsWith("weights", StringComparison.Ordinal))),
    ];

    private static string Numbered(string layer)
    {
        int number = layer[0] == 'f' ? layer[2] - '6' : new[] { 0, 2, 4, 7, 10 }[layer[4] - '1'] + layer[6] - '1';
        return (layer[0] == 'f' ? "dense" : "conv2d") + (number == 0 ? "" : $"_{number}");
    }

    public static TheoryData<string> Names => [.. Variants.Select(variant => variant.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Bits_are_kept(string name) => Check(name, 12);

    [Theory]
    [MemberData(nameof(Names))]
    [Trait("Category", "All")]
    public void Bits_of_many_networks_are_kept(string name) => Check(name, 150);

    private static void Check(string name, int networks)
    {
        var variant = Variants.Single(variant => variant.Name == name);
        Gen.Select(Gen.Int, Gen.Int[1, 9].Array[5], Gen.Int[1, 20].Array[3], Gen.Bool).Sample((seed, channels, dense, top) =>
        {
            var net = new SourceNet(seed, channels, top ? dense : null, variant.BatchNorm, variant.Bits);
            var file = new MemoryStream();
            variant.Write(net, file);
            using var weights = PretrainedWeights.Open(WeightFile.Open(new MemoryStream(file.ToArray()), name));
            var saved = new MemoryStream();
            var nonFinite = weights.Save(saved);
            var truth = net.Truth();
            Assert.Equal(truth.Values.Sum(values => values.LongCount(value => !float.IsFinite(value))), nonFinite.Sum(item => item.NonFinite));
            var reader = new SafetensorsReader(saved, "saved");
            Assert.Equal(truth.Keys.Order(), reader.Entries.Select(entry => entry.Name).Order());
            foreach (var entry in reader.Entries)
            {
                var bytes = new byte[entry.ByteLength];
                reader.Read(entry, bytes);
                Assert.True(bytes.AsSpan().SequenceEqual(System.Runtime.InteropServices.MemoryMarshal.AsBytes(truth[entry.Name].AsSpan())), $"{entry.Name} {entry.ShapeText} of seed {seed}");
            }
        }, iter: networks, threads: 1);
    }
}
