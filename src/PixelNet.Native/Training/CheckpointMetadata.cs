using System.Globalization;
using System.Text.Json;
using PixelNet.Native.Backends;
using PixelNet.Native.Model;

namespace PixelNet.Native.Training;

/// <summary><see cref="CheckpointInfo"/> as strings of a safetensors header, and back.</summary>
internal static class CheckpointMetadata
{
    private const string Format = "pixelnet.checkpoint.1";
    private const string Layout = "KRSC";

    public static void Write(SafetensorsWriter writer, CheckpointInfo info)
    {
        var p = info.Preprocessing;
        writer.AddMetadata("format", Format);
        writer.AddMetadata("layout", Layout);
        writer.AddMetadata("model", info.Model.ToJson());
        writer.AddMetadata("preprocessing", string.Join(' ', new[] { p.ReverseChannels ? "bgr" : "rgb" }
            .Concat(new[] { p.Gain0, p.Gain1, p.Gain2, p.Offset0, p.Offset1, p.Offset2 }
                .Select(value => value.ToString("R", CultureInfo.InvariantCulture)))));
        writer.AddMetadata("training_config", info.TrainingConfig);
        writer.AddMetadata("step", info.Step.ToString(CultureInfo.InvariantCulture));
        writer.AddMetadata("seed", info.Seed.ToString(CultureInfo.InvariantCulture));
        writer.AddMetadata("best_score", info.BestScore is { } best && double.IsFinite(best) ? best.ToString("R", CultureInfo.InvariantCulture) : "");
        writer.AddMetadata("label_set", info.LabelSet);
        writer.AddMetadata("class_names", info.ClassNamesToJson());
        writer.AddMetadata("backend", info.Backend);
        writer.AddMetadata("level", info.Level);
        writer.AddMetadata("moments", info.Moments);
    }

    public static CheckpointInfo Read(SafetensorsReader reader)
    {
        if (Text(reader, "format") != Format) throw Bad(reader, "format", $"only '{Format}' is understood");
        if (Text(reader, "layout") != Layout) throw Bad(reader, "layout", $"only '{Layout}' is understood");
        string best = Text(reader, "best_score");
        return new CheckpointInfo
        {
            Model = PixelNetConfig.FromJson(Text(reader, "model")),
            Preprocessing = Preprocessing(reader),
            TrainingConfig = Text(reader, "training_config"),
            Step = (long)Whole(reader, "step", long.MaxValue),
            Seed = Whole(reader, "seed", ulong.MaxValue),
            BestScore = best.Length == 0 ? null : Number(best) ?? throw Bad(reader, "best_score", "it is not a number"),
            LabelSet = Text(reader, "label_set"),
            ClassNames = ClassNames(reader),
            Backend = Text(reader, "backend"),
            Level = Text(reader, "level"),
            Moments = Text(reader, "moments"),
        };
    }

    private static ChannelTransform Preprocessing(SafetensorsReader reader)
    {
        string[] words = Text(reader, "preprocessing").Split(' ');
        float?[] n = [.. words.Skip(1).Select(word => (float?)Number(word))];
        if (words[0] is not ("rgb" or "bgr") || n.Length != 6 || n.Any(value => value is null))
            throw Bad(reader, "preprocessing", "it is not an order, three gains and three offsets");
        return new ChannelTransform(words[0] == "bgr", n[0]!.Value, n[1]!.Value, n[2]!.Value, n[3]!.Value, n[4]!.Value, n[5]!.Value);
    }

    private static IReadOnlyList<string> ClassNames(SafetensorsReader reader)
    {
        try
        {
            var names = JsonSerializer.Deserialize(Text(reader, "class_names"), StoredJson.Default.Names);
            if (names is not null && !names.Contains(null)) return names;
        }
        catch (JsonException)
        {
        }
        throw Bad(reader, "class_names", "it is not a JSON list of strings");
    }

    private static ulong Whole(SafetensorsReader reader, string key, ulong largest) =>
        ulong.TryParse(Text(reader, key), NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) && value <= largest
            ? value : throw Bad(reader, key, $"it is not a whole number up to {largest}");

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : null;

    private static string Text(SafetensorsReader reader, string key) => reader.Metadata.TryGetValue(key, out string? value) ? value
        : throw new PixelNetException($"{reader.Source} is a safetensors file but not a checkpoint of this program: "
            + $"its metadata has no '{key}'; weights of other programs are imported, not loaded");

    private static PixelNetException Bad(SafetensorsReader reader, string key, string problem) =>
        new($"{reader.Source} is not a checkpoint that this version reads: '{key}' is '{ForeignText.Shorten(reader.Metadata[key], 60)}', and {problem}");
}
