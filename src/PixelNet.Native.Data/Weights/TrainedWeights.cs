using System.Globalization;
using PixelNet.Native.Data.Runs;
using PixelNet.Native.Training;

namespace PixelNet.Native.Data.Weights;

/// <summary>
/// A trained network as safetensors that other programs read: the trunk under torchvision's names, filters [K,C,R,S] (<c>layout</c> KCRS; fc6 and fc7 as
/// convolutions), so that its <c>features.*</c> load into torchvision's <c>vgg16</c> or <c>vgg16_bn</c>; the head as <c>head.0.weight</c> [Out,In], <c>head.0.bias</c> …; measured
/// <c>taps.*</c>; preprocessing, configuration and class names as metadata. It can be imported again, and trained from.
/// </summary>
public static class TrainedWeights
{
    /// <summary>Writes them; one tensor at a time is in memory.</summary>
    /// <exception cref="PixelNetException">The checkpoint ends early, or holds a NaN or an infinity.</exception>
    public static void Save(CheckpointTensors checkpoint, Stream stream)
    {
        var vgg = VggWeights.Recognise(checkpoint.File);
        var writer = new SafetensorsWriter();
        AddMetadata(writer, checkpoint.Info, vgg);
        foreach (var tensor in vgg.Tensors)
        {
            if (tensor.Part == "weight" && vgg.BatchNorm && tensor.Layer.StartsWith("bn", StringComparison.Ordinal)) AddZeroBias(writer, tensor.Layer, tensor.View.Shape[0]);
            writer.Add(tensor.Name, "F32", tensor.View.Shape, target => checkpoint.CopyTo(target, tensor.Source.Name, tensor.View));
        }
        foreach (string name in checkpoint.HeadNames)
        {
            var view = checkpoint.View(name);
            writer.Add(name, "F32", view.Shape, target => checkpoint.CopyTo(target, name, view));
        }
        writer.WriteTo(stream);
    }

    // The engine's convolutions have no bias before a batch normalisation, torchvision's have.
    private static void AddZeroBias(SafetensorsWriter writer, string norm, long count) =>
        writer.Add($"{VggNames.Torchvision("conv" + norm[2..], batchNorm: true)}.bias", "F32", [count], target => target.Write(new byte[sizeof(float) * count]));

    private static void AddMetadata(SafetensorsWriter writer, CheckpointInfo info, VggWeights vgg)
    {
        writer.AddMetadata("format", "pixelnet.export.1");
        writer.AddMetadata("layout", "KCRS");
        writer.AddMetadata("model", vgg.BatchNorm ? "vgg16_bn" : "vgg16");
        writer.AddMetadata("pixelnet", info.Model.ToJson());
        writer.AddMetadata("step", info.Step.ToString(CultureInfo.InvariantCulture));
        writer.AddMetadata("label_set", info.LabelSet);
        writer.AddMetadata("class_names", info.ClassNamesToJson());
        foreach (var (key, value) in vgg.Preprocessing?.ToMetadata() ?? []) writer.AddMetadata(key, value);
    }
}
