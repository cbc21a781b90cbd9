using System.CommandLine;
using PixelNet.Native.Data.Imaging;
using PixelNet.Native.Data.Weights;

namespace PixelNet.Native.Cli.Verbs;

internal static partial class WeightsVerb
{
    private static Command CreateVerify()
    {
        var file = FileArgument();
        var image = new Option<string>("--image") { Description = "PNG or JPEG to classify: its shorter side becomes 256, the middle 224x224 are looked at", Required = true };
        var preprocessing = PreprocessingOption();
        var json = JsonOption();
        var threads = Backends.ThreadsOption();
        var command = new Command("verify", "Classify an image with the whole VGG16 and print ImageNet's five likeliest classes: the proof that an import is right") { file, image, preprocessing, json, threads };
        command.SetAction(call =>
        {
            Verify(call.GetValue(file)!, call.GetValue(image)!, call.GetValue(preprocessing), call.GetValue(json), call.GetValue(threads));
            return ExitCodes.Ok;
        });
        return command;
    }

    private static void Verify(string file, string image, string? preprocessing, string? json, int threads)
    {
        byte[] pixels = Crop(ImageFile.Read(image));
        using var weights = Open(file, preprocessing);
        using var backend = Backends.Create("cpu", threads);
        using var classifier = new VggClassifier(weights, backend);
        var top = classifier.Top(pixels, 5);
        var text = Report(json);
        Describe(text, weights);
        text.WriteLine();
        bool named = classifier.Classes == ImageNetClasses.Names.Count;
        foreach (var (index, probability) in top) text.WriteLine($"{100 * probability,6:F2} %  {index,4}{(named ? $"  {ImageNetClasses.Names[index]}" : "")}");
        if (!named) text.WriteLine($"The file has {classifier.Classes} classes, not ImageNet's {ImageNetClasses.Names.Count}, so they have no names here.");
        if (json is null) return;
        JsonTarget.Write(json, writer =>
        {
            writer.WriteStartArray("top");
            foreach (var (index, probability) in top)
            {
                writer.WriteStartObject();
                writer.WriteNumber("class", index);
                if (named) writer.WriteString("name", ImageNetClasses.Names[index]);
                writer.WriteNumber("probability", probability);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        });
    }

    // ImageNet's usual test crop, as one resampling: the middle 224/256 of the shorter side.
    private static byte[] Crop(RgbImage image)
    {
        double side = Math.Min(image.Width, image.Height) * (VggClassifier.Size / 256.0);
        var pixels = new byte[VggClassifier.Size * VggClassifier.Size * 3];
        new Resizer().Resize(image, new SourceRectangle((image.Width - side) / 2, (image.Height - side) / 2, side, side), pixels, VggClassifier.Size, VggClassifier.Size);
        return pixels;
    }
}
