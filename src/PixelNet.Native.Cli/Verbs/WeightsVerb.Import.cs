using System.CommandLine;
using System.Diagnostics;
using PixelNet.Native.Data;
using PixelNet.Native.Data.Weights;
using Spectre.Console;

namespace PixelNet.Native.Cli.Verbs;

internal static partial class WeightsVerb
{
    private static Command CreateImport()
    {
        var file = FileArgument();
        var target = new Option<string>("--out") { Description = "Safetensors file to write: torchvision's names, filters [K,C,R,S], preprocessing in the metadata", Required = true };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace the file of --out" };
        var preprocessing = PreprocessingOption();
        var json = JsonOption();
        var command = new Command("import", "Turn a pretrained VGG16 of any known format into safetensors") { file, target, overwrite, preprocessing, json };
        command.SetAction(call =>
        {
            Import(call.GetValue(file)!, call.GetValue(target)!, call.GetValue(overwrite), call.GetValue(preprocessing), call.GetValue(json));
            return ExitCodes.Ok;
        });
        return command;
    }

    private static void Import(string file, string target, bool overwrite, string? preprocessing, string? json)
    {
        if (File.Exists(target) && !overwrite) throw new PixelNetException($"{target} exists already; name another file with --out or add --overwrite");
        var watch = Stopwatch.StartNew();
        using var weights = Open(file, preprocessing);
        if (weights.Vgg.Missing.FirstOrDefault(name => name.StartsWith("features", StringComparison.Ordinal)) is { } missing)
            throw new PixelNetException($"{file} is not a complete VGG16: it has no {missing}; take the complete file");
        var text = Report(json);
        Describe(text, weights);
        IReadOnlyList<(VggTensor Tensor, long NonFinite)> damaged = [];
        if (json == "-" || Console.IsOutputRedirected) AtomicFile.Write(target, stream => damaged = weights.Save(stream));
        else
            AnsiConsole.Progress().Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn()).Start(context =>
            {
                var task = context.AddTask("Importing");
                AtomicFile.Write(target, stream => damaged = weights.Save(stream, (done, all) => (task.MaxValue, task.Value) = (all, done)));
            });
        if (damaged.Count > 0) Warn($"{file} holds {damaged.Sum(item => item.NonFinite):N0} numbers that are NaN or infinite, first in {damaged[0].Tensor.Name}; a network cannot start from them");
        text.WriteLine($"written        {target}, {Mebibytes(new FileInfo(target).Length)} in {watch.Elapsed.TotalSeconds:F1} s; look at it with: ./build.sh run -- weights inspect {target}");
        if (json is not null) WriteJson(json, weights, [.. weights.Vgg.Tensors.Select(weights.Measure)]);
    }
}
