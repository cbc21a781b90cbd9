using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using PixelNet.Native.Backends;
using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Data.Onnx;
using PixelNet.Native.Data.Runs;
using PixelNet.Native.Evaluation;
using PixelNet.Native.Model;
using PixelNet.Native.Sampling;
using PixelNet.Native.Training;
using TorchSharp;
using Xunit;
using TorchTensor = TorchSharp.torch.Tensor;

namespace PixelNet.Native.Oracles.Tests;

/// <summary>Exported networks in ONNX Runtime against the engine and against libtorch in double precision: every pixel, sizes that leave pixels beyond the last cell.</summary>
public sealed class OnnxExportTests
{
    private static readonly string[] Classes = ["road", "\"quoted\"", "Straße"];
    private static readonly (int Height, int Width)[] Sizes = [(64, 96), (71, 45), (97, 131)];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(300, 10)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Logits_and_labels_equal_the_engine_and_torch(int seed)
    {
        LibTorch.Require();
        using var scope = torch.NewDisposeScope();
        using var backend = new CpuBackend(2);
        var net = new NetCase(seed, images: 1);
        using var parameters = ModelParameters.Plan(net.Config);
        parameters.Allocate(backend);
        var values = net.Randomize(parameters, backend);
        using var session = new InferenceSession(Export(net, parameters, backend));
        long pixels = 0, same = 0;
        foreach (var (height, width) in Sizes)
        {
            byte[] image = net.Image(height, width);
            var (logits, labels) = Run(session, image, 1, height, width);
            double[] expected = TorchLogits(net, values, image, height, width);
            // Logits are known up to a shift, which softmax takes away; the engine gives probabilities.
            double[] actual = LogSoftmax(Array.ConvertAll(logits, value => (double)value), net.Config.Classes);
            double largest = expected.Max(Math.Abs);
            Assert.True(actual.Zip(expected, (a, e) => Math.Abs(a - e)).Max() <= 1e-4 * largest, $"logits at {width}x{height} differ from torch's in {net}");

            using var predictor = new DensePredictor(parameters, backend, net.Preprocessing, keepsProbabilities: true);
            var engine = new byte[height * width];
            predictor.Predict(image, height, width, engine, height, width);
            float[] probabilities = predictor.ReadProbabilities();
            for (int i = 0; i < probabilities.Length; i++)
                if (probabilities[i] > 1e-30f) Assert.InRange(Math.Abs(Math.Log(probabilities[i]) - actual[i]), 0, 1e-4 * largest);
            pixels += engine.Length;
            same += engine.Zip(labels).Count(pair => pair.First == pair.Second);
        }
        Assert.True(same >= 0.9999 * pixels, $"{pixels - same} of {pixels} labels differ in {net}");
    }

    [Fact]
    public void Seeds_cover_the_switches()
    {
        var cases = Seeds.Select(seed => new NetCase(seed.Data, images: 1).Config).ToArray();
        void Both(Func<PixelNetConfig, bool> on)
        {
            Assert.Contains(cases, c => on(c));
            Assert.Contains(cases, c => !on(c));
        }
        Both(c => c.BatchNorm);
        Both(c => c is { BatchNorm: true, BatchNormAffine: true });
        Both(c => c.Taps.Contains("fc7"));
        Both(c => c.Taps.Contains("fc7") && c.BatchNorm);
        Both(c => c.StandardizeTaps);
        Both(c => c.StandardizeTaps && c.Taps.Contains("fc7"));
        Both(c => c.Head.Count == 0);
        Both(c => c.ReluOnLogits);
        Both(c => c.Taps.Contains("conv1_2"));
    }

    [Fact]
    public void A_camvid_sized_network_at_its_own_size_and_at_an_odd_one()
    {
        LibTorch.Require();
        using var scope = torch.NewDisposeScope();
        using var backend = new CpuBackend(2);
        var net = new NetCase(1, images: 1, new PixelNetConfig { Width = 0.25, BatchNorm = true, StandardizeTaps = true, Head = [256, 256], Classes = 11 });
        using var parameters = ModelParameters.Plan(net.Config);
        parameters.Allocate(backend);
        net.Randomize(parameters, backend);
        using var session = new InferenceSession(Export(net, parameters, backend));
        long pixels = 0, same = 0;
        foreach (var (height, width) in new[] { (240, 320), (181, 243) })
        {
            byte[] image = net.Image(height, width), engine = new byte[height * width];
            using var predictor = new DensePredictor(parameters, backend, net.Preprocessing);
            predictor.Predict(image, height, width, engine, height, width);
            pixels += engine.Length;
            same += engine.Zip(Run(session, image, 1, height, width).Labels).Count(pair => pair.First == pair.Second);
        }
        Assert.True(same >= 0.9999 * pixels, $"{pixels - same} of {pixels} labels differ");
    }

    [Fact]
    public void What_the_model_says_about_itself_and_batches()
    {
        LibTorch.Require();
        using var scope = torch.NewDisposeScope();
        using var backend = new CpuBackend(2);
        var net = new NetCase(300, images: 1);
        using var parameters = ModelParameters.Plan(net.Config);
        parameters.Allocate(backend);
        net.Randomize(parameters, backend);
        using var session = new InferenceSession(Export(net, parameters, backend));
        Assert.Equal(Classes, System.Text.Json.JsonSerializer.Deserialize<string[]>(session.ModelMetadata.CustomMetadataMap["class_names"])!);
        Assert.Equal("PixelNet.Native", session.ModelMetadata.ProducerName);
        Assert.Equal(typeof(byte), session.InputMetadata["image"].ElementType);
        Assert.Equal([-1, -1, -1, 3], session.InputMetadata["image"].Dimensions);
        Assert.Equal([-1, net.Config.Classes, -1, -1], session.OutputMetadata["logits"].Dimensions);
        Assert.Equal(typeof(byte), session.OutputMetadata["labels"].ElementType);
        // Images of a batch do not touch one another.
        byte[] first = net.Image(40, 56), second = net.Image(40, 56);
        var (both, _) = Run(session, [.. first, .. second], 2, 40, 56);
        Assert.Equal(Run(session, first, 1, 40, 56).Logits, both[..(both.Length / 2)]);
        Assert.Equal(Run(session, second, 1, 40, 56).Logits, both[(both.Length / 2)..]);
    }

    private static byte[] Export(NetCase net, ModelParameters parameters, IBackend backend)
    {
        string path = Path.GetTempFileName();
        try
        {
            using (var stream = File.Create(path))
                Checkpoint.Write(stream, new CheckpointInfo { Model = net.Config, Preprocessing = net.Preprocessing, LabelSet = "some", ClassNames = Classes }, parameters, backend);
            using var checkpoint = CheckpointTensors.Open(path);
            var model = new MemoryStream();
            OnnxExport.Write(checkpoint, model);
            return model.ToArray();
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static (float[] Logits, byte[] Labels) Run(InferenceSession session, byte[] image, int images, int height, int width)
    {
        using var outputs = session.Run([NamedOnnxValue.CreateFromTensor("image", new DenseTensor<byte>(image, [images, height, width, 3]))], ["logits", "labels"]);
        // [N,L,H,W] -> [N,H,W,L].
        var planes = outputs[0].AsTensor<float>().ToDenseTensor();
        int classes = planes.Dimensions[1], pixels = height * width;
        var logits = new float[planes.Length];
        for (int n = 0; n < images; n++)
            for (int l = 0; l < classes; l++)
                for (int p = 0; p < pixels; p++) logits[(n * pixels + p) * classes + l] = planes.Buffer.Span[(n * classes + l) * pixels + p];
        return (logits, outputs[1].AsTensor<byte>().ToArray());
    }

    private static double[] TorchLogits(NetCase net, IReadOnlyDictionary<string, TorchTensor> values, byte[] image, int height, int width)
    {
        var batch = new HostBatch(new NormalizeSizes(1, height, width), 1, []);
        image.CopyTo(batch.Images, 0);
        return Numbers.Read(new TorchNet(net.Config, values).Predict(batch, net.Preprocessing).log());
    }

    private static double[] LogSoftmax(double[] logits, int classes)
    {
        for (int p = 0; p < logits.Length; p += classes)
        {
            var here = logits.AsSpan(p, classes);
            double largest = double.NegativeInfinity, sum = 0;
            foreach (double value in here) largest = Math.Max(largest, value);
            foreach (double value in here) sum += Math.Exp(value - largest);
            foreach (ref double value in here) value -= largest + Math.Log(sum);
        }
        return logits;
    }
}
