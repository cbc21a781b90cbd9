using System.Globalization;
using PixelNet.Native.Data.Presets;
using PixelNet.Native.Data.Runs;
using PixelNet.Native.Data.Weights;
using PixelNet.Native.Layers;
using PixelNet.Native.Model;

namespace PixelNet.Native.Data.Onnx;

/// <summary>
/// A trained network as an ONNX model that any engine runs on images of any size: <c>image</c>, uint8 RGB [batch,height,width,3] (normalisation is
/// inside), to <c>logits</c> [batch,L,height,width] and <c>labels</c>, the train ids uint8 [batch,height,width].
/// </summary>
/// <remarks>
/// The hypercolumn is not built: interpolation commutes with a linear map, so the head's first layer is applied to each tapped map at that map's own
/// resolution, and what is interpolated and summed are its outputs (pixelnet.md 5), which is exact and far smaller. Interpolation by the one coordinate rule is Resize
/// by the map's stride as a scale (half_pixel, which clamps at the borders) and, for the rows and columns beyond the last cell, Pad by edge: never a
/// resize to a size, which would stretch. Dropout is left out, also where the network has the defect of leaving it on.
/// </remarks>
public static class OnnxExport
{
    private static readonly int[] ChannelsFirst = [0, 3, 1, 2], Pair = [2, 2];

    /// <summary>Writes the model.</summary>
    /// <exception cref="PixelNetException">The checkpoint is damaged, or larger than an ONNX file holds.</exception>
    public static void Write(CheckpointTensors checkpoint, Stream stream) => Build(checkpoint).WriteTo(stream);

    private static OnnxGraph Build(CheckpointTensors checkpoint)
    {
        var config = checkpoint.Info.Model;
        var graph = new OnnxGraph("pixelnet");
        AddMetadata(graph, checkpoint);
        graph.ByteInput("image", "batch", "height", "width", 3);
        var taps = AddTrunk(graph, checkpoint, AddNormalize(graph, checkpoint));
        string x = AddFirstLayer(graph, checkpoint, taps);
        for (int i = 1; i <= config.Head.Count; i++)
        {
            x = graph.Node("Relu", $"head.{i - 1}.relu", [x]);
            x = AddConv(graph, checkpoint, $"head.{i}", x, WholeFilters(checkpoint, $"head.{i}"), pad: 0);
        }
        if (config.ReluOnLogits) x = graph.Node("Relu", "logits.relu", [x]);
        graph.Node("Identity", "logits", [x]);
        graph.Node("Cast", "labels", [graph.Node("ArgMax", "largest", ["logits"], ("axis", 1), ("keepdims", 0))], ("to", 2));
        graph.FloatOutput("logits", "batch", config.Classes, "height", "width");
        graph.ByteOutput("labels", "batch", "height", "width");
        return graph;
    }

    private static void AddMetadata(OnnxGraph graph, CheckpointTensors checkpoint)
    {
        var info = checkpoint.Info;
        graph.Metadata("format", "pixelnet.onnx.1");
        graph.Metadata("label_set", info.LabelSet);
        graph.Metadata("class_names", info.ClassNamesToJson());
        graph.Metadata("model", info.Model.ToJson());
        graph.Metadata("step", info.Step.ToString(CultureInfo.InvariantCulture));
        graph.Metadata("smallest_side", Deepest(info.Model).ToString(CultureInfo.InvariantCulture));
        if (info.TrainingConfig.Length == 0) return;
        var input = RunConfigs.Read(info.TrainingConfig, $"the configuration in {checkpoint.Source}").Input;
        graph.Metadata("input_width", input.Width.ToString(CultureInfo.InvariantCulture));
        graph.Metadata("input_height", input.Height.ToString(CultureInfo.InvariantCulture));
    }

    // Bytes [N,H,W,3] to floats [N,3,H,W]: channels in the order of the weights, times gain, plus offset.
    private static string AddNormalize(OnnxGraph graph, CheckpointTensors checkpoint)
    {
        var t = checkpoint.Info.Preprocessing;
        string x = graph.Node("Cast", "image.float", ["image"], ("to", 1));
        x = graph.Node("Transpose", "image.planes", [x], ("perm", ChannelsFirst));
        if (t.ReverseChannels) x = graph.Node("Gather", "image.bgr", [x, graph.Integers("image.order", 2, 1, 0)], ("axis", 1));
        x = graph.Node("Mul", "image.scaled", [x, graph.Floats("image.gain", [1, 3, 1, 1], t.Gain0, t.Gain1, t.Gain2)]);
        return graph.Node("Add", "image.normalized", [x, graph.Floats("image.offset", [1, 3, 1, 1], t.Offset0, t.Offset1, t.Offset2)]);
    }

    private static List<(string Map, int Stride, int Channels)> AddTrunk(OnnxGraph graph, CheckpointTensors checkpoint, string x)
    {
        var config = checkpoint.Info.Model;
        var taps = new List<(string, int, int)>();
        foreach (var block in Vgg16.Blocks(config))
        {
            if (block.Index > 0) x = graph.Node("MaxPool", $"pool{block.Index}", [x], ("kernel_shape", Pair), ("strides", Pair));
            foreach (var convolution in block.Convolutions)
            {
                // [K,R,S,C] -> [K,C,R,S].
                x = AddConv(graph, checkpoint, convolution.Name, x, checkpoint.View($"{convolution.Name}.weight").Permute(0, 3, 1, 2), convolution.Pad, bias: !config.BatchNorm);
                if (config.BatchNorm) x = AddNorm(graph, checkpoint, convolution.NormName, x, convolution.Out);
                x = graph.Node("Relu", $"{convolution.Name}.relu", [x]);
            }
            if (block.Tapped) taps.Add((x, block.Stride, block.Convolutions[^1].Out));
        }
        return taps;
    }

    private static string AddNorm(OnnxGraph graph, CheckpointTensors checkpoint, string name, string x, int channels)
    {
        string Vector(string part, float otherwise) => part is "weight" or "bias" && !checkpoint.Info.Model.BatchNormAffine
            ? graph.Floats($"{name}.{part}", [channels], [.. Enumerable.Repeat(otherwise, channels)])
            : graph.Floats($"{name}.{part}", [channels], checkpoint.Read($"{name}.{part}"));
        return graph.Node("BatchNormalization", name, [x, Vector("weight", 1), Vector("bias", 0), Vector("running_mean", 0), Vector("running_var", 1)], ("epsilon", (float)BatchNorm.Epsilon));
    }

    // The head's first layer, a share of its columns to each tap: sum over taps of interpolate(W_tap * (map - mean) * inverseDeviation), plus the bias.
    private static string AddFirstLayer(OnnxGraph graph, CheckpointTensors checkpoint, List<(string Map, int Stride, int Channels)> taps)
    {
        var config = checkpoint.Info.Model;
        var weight = checkpoint.View("head.0.weight");
        float[] mean = config.StandardizeTaps ? checkpoint.Read("taps.mean") : [], inverse = config.StandardizeTaps ? checkpoint.Read("taps.inverse_deviation") : [];
        AddSizes(graph);
        string? sum = null;
        int column = config.HypercolumnWidth;
        // From the deepest on: its outputs are the smallest, and each sum can be freed with the next.
        for (int i = taps.Count - 1; i >= 0; i--)
        {
            var (x, stride, channels) = taps[i];
            string tap = config.Taps[i];
            column -= channels;
            if (config.StandardizeTaps)
            {
                x = graph.Node("Sub", $"{tap}.centred", [x, graph.Floats($"{tap}.mean", [1, channels, 1, 1], mean[column..(column + channels)])]);
                x = graph.Node("Mul", $"{tap}.standardized", [x, graph.Floats($"{tap}.inverse_deviation", [1, channels, 1, 1], inverse[column..(column + channels)])]);
            }
            var columns = new StridedView([weight.Shape[0], channels, 1, 1], [weight.Strides[0], weight.Strides[1], 1, 1], weight.Offset + column * weight.Strides[1]);
            // The bias once; interpolation leaves it as it is.
            x = AddConv(graph, checkpoint, "head.0", x, columns, pad: 0, bias: i == 0, suffix: $".{tap}");
            if (stride > 1) x = AddUpsample(graph, x, tap, stride);
            sum = sum is null ? x : graph.Node("Add", $"head.0.to.{tap}", [sum, x]);
        }
        return sum!;
    }

    private static void AddSizes(OnnxGraph graph)
    {
        graph.Integers("axis.height", 1);
        graph.Integers("axis.width", 3);
        graph.Integers("axis.rows", 2);
        graph.Integers("axis.end", 4);
        graph.Integers("no.padding", 0, 0, 0, 0, 0, 0);
        graph.Node("Slice", "image.size", [graph.Node("Shape", "image.shape", ["image"]), "axis.height", "axis.width"]);
    }

    private static string AddUpsample(OnnxGraph graph, string x, string tap, int stride)
    {
        string scales = graph.Floats($"{tap}.stride", [4], 1, 1, stride, stride);
        x = graph.Node("Resize", $"{tap}.upsampled", [x, "", scales], ("mode", "linear"), ("coordinate_transformation_mode", "half_pixel"));
        string size = graph.Node("Slice", $"{tap}.size", [graph.Node("Shape", $"{tap}.shape", [x]), "axis.rows", "axis.end"]);
        string beyond = graph.Node("Concat", $"{tap}.pads", ["no.padding", graph.Node("Sub", $"{tap}.beyond", ["image.size", size])], ("axis", 0));
        return graph.Node("Pad", $"{tap}.extended", [x, beyond], ("mode", "edge"));
    }

    private static StridedView WholeFilters(CheckpointTensors checkpoint, string layer)
    {
        var weight = checkpoint.View($"{layer}.weight");
        return new StridedView([.. weight.Shape, 1, 1], [.. weight.Strides, 1, 1], weight.Offset);
    }

    private static string AddConv(OnnxGraph graph, CheckpointTensors checkpoint, string layer, string x, StridedView filters, int pad, bool bias = true, string suffix = "")
    {
        string name = layer + suffix;
        string[] inputs = [x, graph.Floats($"{name}.weight", filters.Shape, stream => checkpoint.CopyTo(stream, $"{layer}.weight", filters))];
        if (bias) inputs = [.. inputs, graph.Floats($"{layer}.bias", [filters.Shape[0]], checkpoint.Read($"{layer}.bias"))];
        return graph.Node("Conv", name, inputs, ("kernel_shape", new[] { (int)filters.Shape[2], (int)filters.Shape[3] }), ("pads", new[] { pad, pad, pad, pad }));
    }

    private static int Deepest(PixelNetConfig config) => Vgg16.Blocks(config)[^1].Stride;
}
