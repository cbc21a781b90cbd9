using System.CommandLine;
using PixelNet.Native.Data.Weights;

namespace PixelNet.Native.Cli.Verbs;

/// <summary><c>pixelnet weights</c>: pretrained VGG16 files of other programs; one file each for import, inspect and verify.</summary>
internal static partial class WeightsVerb
{
    public static Command Create() => new("weights", """
        Import, inspect and verify pretrained VGG16 weights: PyTorch .pth, Keras .h5, NumPy .npz, Caffe .caffemodel, TF-slim .ckpt, .safetensors. Examples:
          pixelnet weights import vgg16-397923af.pth --out vgg16.safetensors
          pixelnet weights inspect vgg16.safetensors
          pixelnet weights verify vgg16.safetensors --image cat.jpg
        """)
    {
        CreateImport(), CreateInspect(), CreateVerify(),
    };

    private static Argument<string> FileArgument() => new("file") { Description = "Weight file; its format is recognised by content" };

    private static Option<string?> JsonOption() => new("--json") { Description = "Write the result as JSON to this file; - = standard output" };

    private static Option<string?> PreprocessingOption()
    {
        var option = new Option<string?>("--preprocessing") { Description = "What the weights expect of an image, where the file is known to differ from its kind: torchvision (RGB/255, mean, std), caffe (BGR - mean) or rgb-mean" };
        option.AcceptOnlyFromAmong([.. WeightPreprocessing.Names]);
        return option;
    }

    private static PretrainedWeights Open(string path, string? preprocessing) => PretrainedWeights.Open(path, preprocessing is null ? null : WeightPreprocessing.Parse(preprocessing));

    // Standard output is for the JSON alone where it goes there.
    private static TextWriter Report(string? json) => json == "-" ? TextWriter.Null : Console.Out;

    private static string Mebibytes(long bytes) => $"{bytes / 1048576.0:F1} MiB";

    private static void Warn(string message) => Console.Error.WriteLine($"warning: {message}");

    // What every one of the three says about a file.
    private static void Describe(TextWriter text, PretrainedWeights weights)
    {
        var vgg = weights.Vgg;
        text.WriteLine($"recognised     VGG16{(vgg.BatchNorm ? " with batch normalisation" : "")}, names and axes of {vgg.Convention}, in {vgg.Format}");
        text.WriteLine($"preprocessing  {weights.Preprocessing}");
        text.WriteLine($"tensors        {vgg.Tensors.Count} of {vgg.Tensors.Count + vgg.Missing.Count}, {vgg.Tensors.Sum(tensor => tensor.View.Count):N0} numbers");
        if (vgg.Missing.Count > 0) text.WriteLine($"missing        {List(vgg.Missing)}");
        if (vgg.Extra.Count > 0) text.WriteLine($"left out       {List(vgg.Extra)}");
    }

    private static string List(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(8).Select(name => ForeignText.Shorten(name))) + (names.Count > 8 ? $" and {names.Count - 8} more" : "");
}
