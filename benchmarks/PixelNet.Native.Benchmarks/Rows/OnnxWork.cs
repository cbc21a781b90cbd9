using Microsoft.ML.OnnxRuntime;
using PixelNet.Native.Data.Onnx;

namespace PixelNet.Native.Benchmarks.Rows;

/// <summary>The forward workloads in ONNX Runtime: VGG16's convolutions with all five maps as outputs.</summary>
internal static class OnnxWork
{
    public static Action Prepare(Workload work, int threads)
    {
        if (work.Kind != "vgg-forward") throw new PixelNetException($"ONNX Runtime is no peer of '{work.Kind}'");
        using var stream = new MemoryStream();
        Trunk(work).WriteTo(stream);
        using var options = new SessionOptions { IntraOpNumThreads = threads };
        var session = new InferenceSession(stream.ToArray(), options);
        var pixels = new byte[3 * work.Height * work.Width];
        new Random(1).NextBytes(pixels);
        var image = OrtValue.CreateTensorValueFromMemory(pixels, [1, 3, work.Height, work.Width]);
        var inputs = new Dictionary<string, OrtValue> { ["image"] = image };
        string[] outputs = [.. session.OutputNames];
        var run = new RunOptions();
        return () => session.Run(run, inputs, outputs).Dispose();
    }

    private static OnnxGraph Trunk(Workload work)
    {
        var graph = new OnnxGraph("vgg16");
        graph.ByteInput("image", 1, 3, work.Height, work.Width);
        string x = graph.Node("Mul", "scaled", [graph.Node("Cast", "float", ["image"], ("to", 1)), graph.Floats("gain", [1], 1 / 60f)]);
        int channels = 3;
        var random = new Random(1);
        foreach (var (block, depth) in Workload.Depths.Index())
        {
            int k = Workload.TapChannels[block];
            if (block > 0) x = graph.Node("MaxPool", $"pool{block}", [x], ("kernel_shape", new[] { 2, 2 }), ("strides", new[] { 2, 2 }));
            for (int i = 1; i <= depth; i++, channels = k)
            {
                string name = $"conv{block + 1}_{i}";
                float scale = (float)Math.Sqrt(6.0 / (9 * channels));
                float[] weights = [.. Enumerable.Range(0, k * channels * 9).Select(_ => scale * (2 * random.NextSingle() - 1))];
                x = graph.Node("Conv", name, [x, graph.Floats($"{name}.weight", [k, channels, 3, 3], weights), graph.Floats($"{name}.bias", [k], new float[k])], ("pads", new[] { 1, 1, 1, 1 }));
                x = graph.Node("Relu", $"{name}.relu", [x]);
            }
            graph.FloatOutput(x, 1, k, work.Height >> block, work.Width >> block);
        }
        return graph;
    }
}
