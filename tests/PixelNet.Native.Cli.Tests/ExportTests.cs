using PixelNet.Native.Data.Weights;
using PixelNet.Native.Training;
using Xunit;

namespace PixelNet.Native.Cli.Tests;

/// <summary><c>pixelnet export</c> as users run it; what ONNX Runtime makes of the models is in the oracle tests.</summary>
public class ExportTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    [Fact]
    public void A_run_is_exported_in_both_forms_and_imported_again()
    {
        string folder = tiny.Train("exported", 6), checkpoint = Path.Combine(folder, "last.safetensors"), onnx = tiny.NewPath("model.onnx"), safetensors = tiny.NewPath("model.safetensors");
        var (exit, output, errors) = PixelnetProcess.Run("export", "--checkpoint", checkpoint, "--onnx", onnx, "--safetensors", safetensors);
        Assert.True(exit == 0, output + errors);
        Assert.Contains("logits", output, StringComparison.Ordinal);
        Assert.True(File.ReadAllBytes(onnx).AsSpan().IndexOf("class_names"u8) >= 0);

        using var before = PretrainedWeights.Open(checkpoint);
        using var after = PretrainedWeights.Open(safetensors);
        Assert.Equal("torchvision", after.Vgg.Convention);
        Assert.Equal(before.Preprocessing.ToTransform(), after.Preprocessing.ToTransform());
        foreach (var tensor in before.Vgg.Tensors) Assert.Equal(before.Read(tensor), after.Read(after.Vgg.Find(tensor.EngineName)!));
        // A convolution before a batch normalisation has a bias in torchvision; here it is zero.
        Assert.All(after.Read(after.Vgg.Find("conv2_1.bias")!), value => Assert.Equal(0, value));
        using var stream = File.OpenRead(safetensors);
        var reader = new SafetensorsReader(stream);
        Assert.Equal("KCRS", reader.Metadata["layout"]);
        Assert.Equal([24, before.Vgg.Tensors.Where(tensor => tensor.EngineName is "conv1_2.weight" or "conv2_2.weight" or "conv3_3.weight" or "conv4_3.weight" or "conv5_3.weight").Sum(tensor => tensor.View.Shape[0])], reader.Find("head.0.weight")!.Shape);
        Assert.NotNull(reader.Find("taps.mean"));

        // Training goes on from it, in any size of classes.
        string tuned = tiny.NewPath("tuned");
        var again = PixelnetProcess.Run(tiny.Arguments(tuned, 2, "--weights", safetensors));
        Assert.True(again.ExitCode == 0, again.Output + again.Errors);
        var inspected = PixelnetProcess.Run("weights", "inspect", safetensors);
        Assert.True(inspected.ExitCode == 0, inspected.Errors);
        Assert.Contains("left out       head.0.weight", inspected.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_exported_is_one_sentence()
    {
        string folder = tiny.Train("refused", 3), checkpoint = Path.Combine(folder, "last.safetensors"), target = tiny.NewPath("model.onnx");
        AssertSentence(2, "name what to write", "export", "--checkpoint", checkpoint);
        AssertSentence(1, "does not exist", "export", "--checkpoint", tiny.NewPath("nowhere"), "--onnx", target);
        AssertSentence(2, "is the checkpoint itself", "export", "--checkpoint", checkpoint, "--safetensors", checkpoint, "--overwrite");
        AssertSentence(1, "is not a checkpoint", "export", "--checkpoint", Path.Combine(AppContext.BaseDirectory, "Files", "safetensors_f16_notop.safetensors"), "--onnx", target);
        File.WriteAllText(target, "mine");
        AssertSentence(1, "exists already", "export", "--checkpoint", checkpoint, "--onnx", target);
        Assert.Equal("mine", File.ReadAllText(target));
        byte[] bytes = File.ReadAllBytes(checkpoint);
        File.WriteAllBytes(checkpoint, bytes[..(bytes.Length / 2)]);
        AssertSentence(1, "truncated", "export", "--checkpoint", checkpoint, "--onnx", target, "--overwrite");
        Assert.Equal("mine", File.ReadAllText(target));
    }

    private static void AssertSentence(int code, string words, params string[] arguments)
    {
        var (exit, output, errors) = PixelnetProcess.Run(arguments);
        Assert.True(exit == code, $"exit code {exit}: {output}{errors}");
        Assert.StartsWith("error: ", errors, StringComparison.Ordinal);
        Assert.Contains(words, errors, StringComparison.Ordinal);
    }
}
