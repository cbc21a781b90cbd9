using System.CommandLine;
using System.Globalization;
using PixelNet.Native.Data.Weights;

namespace PixelNet.Native.Cli.Verbs;

internal static partial class WeightsVerb
{
    private static Command CreateInspect()
    {
        var file = FileArgument();
        var preprocessing = PreprocessingOption();
        var json = JsonOption();
        var command = new Command("inspect", "List the tensors of a weight file, with shapes, types and statistics, and what it was recognised as") { file, preprocessing, json };
        command.SetAction(call =>
        {
            Inspect(call.GetValue(file)!, call.GetValue(preprocessing), call.GetValue(json));
            return ExitCodes.Ok;
        });
        return command;
    }

    private static void Inspect(string path, string? preprocessing, string? json)
    {
        using var weights = Open(path, preprocessing);
        var text = Report(json);
        Describe(text, weights);
        text.WriteLine();
        text.WriteLine($"{"layer",-22} {"name in the file",-44} {"type",-15} {"shape [K,C,R,S]",-20} {"min",10} {"max",10} {"mean",11} {"std",10}");
        var statistics = new List<TensorStatistics>();
        foreach (var tensor in weights.Vgg.Tensors)
        {
            var s = weights.Measure(tensor);
            statistics.Add(s);
            text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{tensor.EngineName,-22} {Fit(tensor.Source.Name, 44),-44} {Fit(tensor.Source.TypeName, 15),-15} {tensor.View,-20} {s.Min,10:G5} {s.Max,10:G5} {s.Mean,11:G5} {s.Deviation,10:G5}")
                + (s.NonFinite > 0 ? $"  {s.NonFinite:N0} NaN or infinite" : ""));
        }
        if (statistics.Sum(item => item.NonFinite) is > 0 and var bad) Warn($"{path} holds {bad:N0} numbers that are NaN or infinite");
        if (json is not null) WriteJson(json, weights, statistics);
    }

    private static string Fit(string text, int width) => ForeignText.Shorten(text.Length <= width ? text : "…" + text[^(width - 1)..]);

    private static void WriteJson(string target, PretrainedWeights weights, IReadOnlyList<TensorStatistics> statistics) => JsonTarget.Write(target, json =>
    {
        var (vgg, p) = (weights.Vgg, weights.Preprocessing);
        json.WriteString("format", vgg.Format);
        json.WriteString("convention", vgg.Convention);
        json.WriteString("model", vgg.BatchNorm ? "vgg16_bn" : "vgg16");
        json.WriteStartObject("preprocessing");
        foreach (var (key, value) in p.ToMetadata()) json.WriteString(key, value);
        json.WriteEndObject();
        foreach (var (key, names) in new[] { ("missing", vgg.Missing), ("extra", vgg.Extra) })
        {
            json.WriteStartArray(key);
            foreach (string name in names) json.WriteStringValue(name);
            json.WriteEndArray();
        }
        json.WriteStartArray("tensors");
        for (int i = 0; i < vgg.Tensors.Count; i++)
        {
            var (tensor, s) = (vgg.Tensors[i], statistics[i]);
            json.WriteStartObject();
            json.WriteString("layer", tensor.EngineName);
            json.WriteString("name", tensor.Name);
            json.WriteString("source_name", tensor.Source.Name);
            json.WriteString("source_type", tensor.Source.TypeName);
            json.WriteStartArray("source_shape");
            foreach (long extent in tensor.Source.View.Shape) json.WriteNumberValue(extent);
            json.WriteEndArray();
            json.WriteStartArray("shape");
            foreach (long extent in tensor.View.Shape) json.WriteNumberValue(extent);
            json.WriteEndArray();
            json.WriteNumber("min", s.Min);
            json.WriteNumber("max", s.Max);
            json.WriteNumber("mean", s.Mean);
            json.WriteNumber("std", s.Deviation);
            json.WriteNumber("non_finite", s.NonFinite);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });
}
