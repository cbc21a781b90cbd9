using System.CommandLine;
using System.Diagnostics;
using PixelNet.Native.Cuda;
using PixelNet.Native.Data.Imaging;
using PixelNet.Native.Data.Runs;
using PixelNet.Native.Model;

namespace PixelNet.Native.Cli.Verbs;

/// <summary><c>pixelnet predict</c>: label maps of images of any size.</summary>
internal static class PredictVerb
{
    public static Command Create()
    {
        var images = new Argument<string[]>("images") { Description = "Image files (PNG, JPEG) or folders of them", Arity = ArgumentArity.OneOrMore };
        var checkpoint = new Option<string>("--checkpoint") { Description = "Checkpoint, such as runs/demo/run/best.safetensors", Required = true };
        var folder = new Option<string>("--out") { Description = "Folder to write to; it must be empty or new", Required = true };
        var overwrite = new Option<bool>("--overwrite") { Description = "Write into a folder that holds something: predictions of the same names are replaced, all else stays" };
        var size = NetworkInput.SizeOption();
        var backend = Backends.NameOption();
        var threads = Backends.ThreadsOption();
        var exact = Backends.ExactOption();
        var gpu = new GpuOptions();
        var memory = MemorySize.Option();
        var yes = Backends.YesOption();
        var command = new Command("predict", """
            Predict the label maps of images, each at the image's full size. Writes
              labelIds/NAME_labelIds.png   ids as the data set's files have them; for Cityscapes what the evaluation server takes
              color/color_NAME.png         the classes in their colours
              overlay/overlay_NAME.png     the colours over the image
            Images that cannot be read are named at the end, with exit code 1; the others are predicted. Examples:
              pixelnet predict --checkpoint runs/demo/run/best.safetensors photo.jpg --out predictions
              pixelnet predict --checkpoint best.safetensors cityscapes/leftImg8bit/val --out val
              pixelnet predict --checkpoint best.safetensors cityscapes/leftImg8bit/val --out val --backend cuda --precision tf32
              pixelnet predict --checkpoint best.safetensors huge.png --out huge --size image --memory 1GB
              pixelnet evaluate --predictions val --ground-truth cityscapes/gtFine/val
            """)
        { images, checkpoint, folder, overwrite, size, backend, threads, exact, memory, yes };
        gpu.AddTo(command);
        command.SetAction(call =>
        {
            using var interruption = new Interruption();
            return Predict(call.GetValue(checkpoint)!, call.GetValue(images)!, call.GetValue(folder)!, call.GetValue(overwrite),
                NetworkInput.Parse(call.GetValue(size)), MemorySize.Parse(call.GetValue(memory)), Backends.Asked(call.GetValue(backend)!, call.GetValue(exact)), call.GetValue(threads), gpu.Read(call, call.GetValue(backend)!), call.GetValue(yes), interruption.Token);
        });
        return command;
    }

    private static int Predict(string checkpoint, string[] images, string folder, bool overwrite, (int Width, int Height)? size, long? memory, string backendName, int threads, CudaBackendOptions gpu, bool yes, CancellationToken stop)
    {
        var watch = Stopwatch.StartNew();
        var inputs = ImageInput.Find(images);
        using var backend = Backends.Create(backendName, threads, gpu);
        using var model = TrainedModel.Load(checkpoint, backend);
        NetworkInput.Apply(size, model.Predictor);
        model.Predictor.ProcessLimit = memory;
        EmulatorTime.Announce(backend, () => RunFlops.OfPrediction(model, backend, Headers(inputs)), yes);
        var output = PredictionFolder.Create(folder, overwrite);
        Console.WriteLine(Backends.Text(backendName, backend));
        var failures = new List<string>();
        int predicted = CountDisplay.Show($"Predicting {inputs.Count} {(inputs.Count == 1 ? "image" : "images")}", progress =>
        {
            int tried = 0;
            for (; tried < inputs.Count && !stop.IsCancellationRequested; progress(++tried, inputs.Count))
                if (Predict(inputs[tried], model, failures) is { } both) output.Write(inputs[tried].Name, both.Image, both.Labels, model.Labels);
            return tried - failures.Count;
        });
        foreach (string failure in failures) Console.Error.WriteLine($"error: {failure}");
        if (predicted > 0) Console.WriteLine($"{predicted} of {inputs.Count} {(inputs.Count == 1 ? "image" : "images")} predicted in {watch.Elapsed.TotalSeconds:F1} s, peak memory {MemoryTable.MiB(Process.GetCurrentProcess().PeakWorkingSet64)}: {output.LabelIds}, with colours and overlays beside");
        if (failures.Count > 0) return ExitCodes.Failed;
        return stop.IsCancellationRequested ? ExitCodes.Interrupted : ExitCodes.Ok;
    }

    // Of those that can be read; the others are told of when their turn comes.
    private static IEnumerable<ImageHeader> Headers(IReadOnlyList<ImageInput> inputs)
    {
        foreach (var input in inputs)
        {
            ImageHeader header;
            try
            {
                header = ImageFile.Peek(input.Path);
            }
            catch (PixelNetException)
            {
                continue;
            }
            yield return header;
        }
    }

    // Null, and a sentence in failures, where the image cannot be read or is too large for the memory.
    private static (RgbImage Image, LabelMap<byte> Labels)? Predict(ImageInput input, TrainedModel model, List<string> failures)
    {
        try
        {
            var header = ImageFile.Peek(input.Path);
            model.Predictor.MakeRoom(3L * header.Width * header.Height + new FileInfo(input.Path).Length);
            var image = ImageFile.Read(input.Path);
            return (image, model.Predictor.Predict(image));
        }
        catch (PixelNetException failure)
        {
            failures.Add(failure.Message.Contains(input.Path, StringComparison.Ordinal) ? failure.Message : $"{input.Path}: {failure.Message}");
            return null;
        }
    }
}
