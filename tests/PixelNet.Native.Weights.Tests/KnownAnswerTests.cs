using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Data.Weights;
using Xunit;

namespace PixelNet.Native.Weights.Tests;

/// <summary>Each file, written by the writer of its format, gives the features that PyTorch computed; each mix-up that people make does not.</summary>
public sealed class KnownAnswerTests
{
    // A mix-up must be told from rounding by orders of magnitude.
    private const double Wrong = 1000 * KnownAnswer.Tolerance;

    public static TheoryData<string, string, string, bool> Files { get; } = new()
    {
        { "torch_zip.pth", "PyTorch zip", "torchvision", true },
        { "torch_legacy_fp16.pth", "PyTorch legacy", "torchvision", true },
        { "torch_zip_bf16_strided.pth", "PyTorch zip", "torchvision", false },
        { "torch_bn.pth", "PyTorch zip", "torchvision", false },
        { "safetensors_f16_notop.safetensors", "safetensors", "torchvision", false },
        { "safetensors_bf16_notop.safetensors", "safetensors", "torchvision", false },
        { "npz_stored.npz", "NumPy npz", "vgg16_weights.npz", true },
        { "npz_fortran_deflated.npz", "NumPy npz", "vgg16_weights.npz", false },
        { "caffe_v1.caffemodel", "Caffe", "Caffe", true },
        { "caffe_v2_fconv.caffemodel", "Caffe", "Caffe", true },
        { "keras2.h5", "HDF5", "Keras", true },
        { "keras1_notop.h5", "HDF5", "Keras", false },
        { "keras2_chunks_gzip.h5", "HDF5", "Keras", true },
        { "keras3_notop.weights.h5", "HDF5", "Keras", false },
        { "keras3_notop.keras", "HDF5", "Keras", false },
        { "slim_vgg_16.ckpt", "TensorFlow V1 checkpoint", "TF-slim", true },
        { "slim_notop_snappy.ckpt", "TensorFlow V1 checkpoint", "TF-slim", false },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void The_features_are_those_that_PyTorch_computed(string file, string format, string convention, bool dense)
    {
        using var weights = PretrainedWeights.Open(KnownAnswer.PathOf(file));
        Assert.Equal(format, weights.Vgg.Format);
        Assert.Equal(convention, weights.Vgg.Convention);
        Assert.Equal(dense, weights.Vgg.Find("fc7.weight") is not null);
        var (conv53, fc7) = KnownAnswer.Difference(weights, AnswerOf(weights));
        Assert.InRange(conv53, 0, KnownAnswer.Tolerance);
        Assert.InRange(fc7, 0, KnownAnswer.Tolerance);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Imported_as_safetensors_they_are_the_same_bits_and_keep_their_preprocessing(string file, string format, string convention, bool dense)
    {
        _ = (format, dense);
        using var weights = PretrainedWeights.Open(KnownAnswer.PathOf(file));
        var stream = new MemoryStream();
        weights.Save(stream);
        using var again = PretrainedWeights.Open(WeightFile.Open(new MemoryStream(stream.ToArray()), "saved"));
        Assert.Equal(weights.Preprocessing.ToTransform(), again.Preprocessing.ToTransform());
        Assert.Equal("KCRS", again.Vgg.File.Metadata["layout"]);
        Assert.StartsWith(convention, again.Vgg.File.Metadata["source"]);
        Assert.Equal(weights.Vgg.Tensors.Select(tensor => (tensor.Name, tensor.View.ToString())), again.Vgg.Tensors.Select(tensor => (tensor.Name, tensor.View.ToString())));
        foreach (var (before, after) in weights.Vgg.Tensors.Zip(again.Vgg.Tensors)) Assert.Equal(weights.Read(before), again.Read(after));
        var second = new MemoryStream();
        again.Save(second);
        // Once more gives the same bytes but for the name of the source.
        Assert.Equal(stream.ToArray()[^4096..], second.ToArray()[^4096..]);
    }

    [Fact]
    public void All_files_hold_the_same_network()
    {
        using var truth = PretrainedWeights.Open(KnownAnswer.PathOf("torch_zip.pth"));
        foreach (var row in Files)
        {
            if (row.Data.Item1 == "torch_bn.pth") continue;
            using var weights = PretrainedWeights.Open(KnownAnswer.PathOf(row.Data.Item1));
            foreach (var tensor in weights.Vgg.Tensors) Assert.Equal(truth.Read(truth.Vgg.Find(tensor.EngineName)!), weights.Read(tensor));
        }
    }

    [Theory]
    [InlineData("torch_zip.pth")]
    [InlineData("npz_stored.npz")]
    [InlineData("caffe_v1.caffemodel")]
    [InlineData("keras2.h5")]
    [InlineData("slim_vgg_16.ckpt")]
    public void Red_and_blue_exchanged_are_found(string file)
    {
        string path = KnownAnswer.PathOf(file);
        using var weights = PretrainedWeights.Open(path);
        var right = weights.Preprocessing;
        using var swapped = PretrainedWeights.Open(path, right with { Bgr = !right.Bgr });
        Assert.InRange(KnownAnswer.Difference(swapped, AnswerOf(weights)).Conv53, Wrong, double.MaxValue);
        using var scaled = PretrainedWeights.Open(path, right with { Scale = right.Scale == 1 ? 1.0 / 255 : 1 });
        Assert.InRange(KnownAnswer.Difference(scaled, AnswerOf(weights)).Conv53, Wrong, double.MaxValue);
    }

    [Fact]
    public void Channels_before_rows_in_the_image_are_found()
    {
        using var weights = PretrainedWeights.Open(KnownAnswer.PathOf("torch_zip.pth"));
        byte[] image = KnownAnswer.Image(), planar = new byte[image.Length], turned = new byte[image.Length];
        for (int y = 0; y < 224; y++)
            for (int x = 0; x < 224; x++)
                for (int c = 0; c < 3; c++)
                    planar[(c * 224 + y) * 224 + x] = turned[(x * 224 + y) * 3 + c] = image[(y * 224 + x) * 3 + c];
        Assert.InRange(KnownAnswer.Difference(weights, "torchvision", image: planar).Conv53, Wrong, double.MaxValue);
        Assert.InRange(KnownAnswer.Difference(weights, "torchvision", image: turned).Conv53, Wrong, double.MaxValue);
    }

    // Wrong readings of the source's bytes as [K,C,R,S], of shapes that all fit: rows and columns exchanged, K and C exchanged (conv5_3 is square), and
    // the bytes of OIHW taken for HWIO and the other way round.
    [Theory]
    [InlineData("torch_zip.pth")]
    [InlineData("caffe_v1.caffemodel")]
    [InlineData("keras2.h5")]
    [InlineData("npz_stored.npz")]
    [InlineData("slim_vgg_16.ckpt")]
    public void Axes_of_filters_exchanged_are_found(string file)
    {
        using var weights = PretrainedWeights.Open(KnownAnswer.PathOf(file));
        foreach (string layer in new[] { "conv3_2", "conv5_3" })
        {
            var right = weights.Vgg.Find($"{layer}.weight")!.View;
            long k = right.Shape[0];
            StridedView oihw = StridedView.Dense([k, k, 3, 3]), hwio = StridedView.Dense([3, 3, k, k]).Permute(3, 2, 0, 1);
            foreach (var wrong in new[] { right.Permute(0, 1, 3, 2), right.Permute(1, 0, 2, 3), right.Strides[0] == 1 ? oihw : hwio })
                Assert.InRange(KnownAnswer.Difference(weights, AnswerOf(weights), (classifier, backend) => Plant(weights, classifier, backend, $"{layer}.weight", wrong)).Conv53, Wrong, double.MaxValue);
        }
    }

    [Theory]
    [InlineData("torch_zip.pth")]
    [InlineData("torch_legacy_fp16.pth")]
    [InlineData("caffe_v1.caffemodel")]
    [InlineData("keras2.h5")]
    [InlineData("npz_stored.npz")]
    [InlineData("slim_vgg_16.ckpt")]
    public void Another_flattening_order_before_fc6_is_found(string file)
    {
        using var weights = PretrainedWeights.Open(KnownAnswer.PathOf(file));
        var right = weights.Vgg.Find("fc6.weight")!.View;
        var flat = right.Strides[0] == 1
            ? StridedView.Dense([12, 7, 7, 96]).Permute(3, 0, 1, 2) // rows of Keras and TensorFlow taken for (c, row, column)
            : StridedView.Dense([96, 7, 7, 12]).Permute(0, 3, 1, 2); // columns of PyTorch and Caffe taken for (row, column, c)
        foreach (var wrong in new[] { flat, right.Permute(0, 1, 3, 2) })
        {
            var (conv53, fc7) = KnownAnswer.Difference(weights, AnswerOf(weights), (classifier, backend) => Plant(weights, classifier, backend, "fc6.weight", wrong));
            Assert.InRange(conv53, 0, KnownAnswer.Tolerance);
            Assert.InRange(fc7, Wrong, double.MaxValue);
        }
    }

    private static string AnswerOf(PretrainedWeights weights) => weights.Vgg.BatchNorm ? "bn" : weights.Vgg.Convention switch { "torchvision" => "torchvision", "Caffe" or "Keras" => "caffe", _ => "rgb-mean" };

    /// <summary>Loads one tensor once more, through a wrong view of its source.</summary>
    private static void Plant(PretrainedWeights weights, VggClassifier classifier, CpuBackend backend, string name, StridedView view)
    {
        var tensor = weights.Vgg.Find(name)!;
        Assert.Equal(tensor.View.Shape, view.Shape);
        using var reader = new TensorReader(weights.Vgg.File.Source);
        TrunkLoader.Copy(weights, reader, tensor with { View = view }, classifier.Parameters[name].Value, backend);
        backend.ParametersChanged();
    }
}
