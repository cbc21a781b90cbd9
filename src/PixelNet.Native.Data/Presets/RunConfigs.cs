using Tomlyn;
using Tomlyn.Model;

namespace PixelNet.Native.Data.Presets;

/// <summary>Reads and writes <see cref="RunConfig"/>: embedded presets, files, and <c>--set key=value</c>.</summary>
public static class RunConfigs
{
    private const long LargestFile = 1 << 20;

    /// <summary>Names of the embedded presets.</summary>
    public static IReadOnlyList<string> PresetNames { get; } =
        [.. typeof(RunConfigs).Assembly.GetManifestResourceNames().Where(n => n.EndsWith(".toml", StringComparison.Ordinal)).Select(n => n[..^5]).Order()];

    /// <summary>The text of a preset, comments included.</summary>
    /// <exception cref="PixelNetException">There is no such preset.</exception>
    public static string PresetText(string name)
    {
        using var stream = typeof(RunConfigs).Assembly.GetManifestResourceStream(name + ".toml")
            ?? throw new PixelNetException($"unknown preset '{name}'{Suggestion.For(name, PresetNames)}; presets: {string.Join(", ", PresetNames)}");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>A preset, overlaid with a file (may be null), overlaid with <c>key=value</c> settings.</summary>
    /// <param name="preset">Its name; null = the one that the file names as its <c>preset</c>.</param>
    /// <param name="file">A TOML file; null = none.</param>
    /// <param name="settings">Each one <c>key=value</c>.</param>
    /// <exception cref="PixelNetException">Unknown preset or key, wrong type, or a value out of range; the message names it.</exception>
    public static RunConfig Load(string? preset, string? file = null, IEnumerable<string>? settings = null)
    {
        var overlay = file is null ? [] : Parse(ReadFile(file), file);
        preset ??= overlay.TryGetValue("preset", out object? named) && named is string name ? name
            : throw new PixelNetException(file is null ? $"no preset is named; presets: {string.Join(", ", PresetNames)}" : $"{file} names no preset to start from; write preset = \"camvid\" into it");
        var table = Parse(PresetText(preset), $"preset {preset}");
        Merge(table, overlay);
        string source = file ?? $"preset {preset}";
        foreach (string setting in settings ?? [])
        {
            Merge(table, ParseSetting(setting));
            source = "--set";
        }
        return Check(ConfigBinder.Bind<RunConfig>(table, source), source);
    }

    /// <summary>The keys of one section that file and settings themselves say, whatever the preset says.</summary>
    /// <exception cref="PixelNetException">As in <see cref="Load"/>.</exception>
    public static IReadOnlySet<string> Stated(string section, string? file, IEnumerable<string> settings)
    {
        var table = file is null ? [] : Parse(ReadFile(file), file);
        foreach (string setting in settings) Merge(table, ParseSetting(setting));
        return table.TryGetValue(section, out object? value) && value is TomlTable keys ? keys.Keys.ToHashSet() : [];
    }

    /// <summary>A complete configuration, such as a run folder's or a checkpoint's.</summary>
    /// <exception cref="PixelNetException">The text is no TOML, or holds unknown keys, wrong types or values out of range.</exception>
    public static RunConfig Read(string text, string source) => Check(ConfigBinder.Bind<RunConfig>(Parse(text, source), source), source);

    /// <summary>The complete configuration as TOML; <see cref="Read"/> gives it back unchanged.</summary>
    public static string Write(RunConfig config) => ConfigBinder.Write(config);

    private static string ReadFile(string file)
    {
        var info = new FileInfo(file);
        if (!info.Exists) throw new PixelNetException($"the configuration {file} does not exist");
        if (info.Length > LargestFile) throw new PixelNetException($"{file} is too large for a configuration: {info.Length} bytes");
        return File.ReadAllText(file);
    }

    private static TomlTable Parse(string text, string source)
    {
        try
        {
            return TomlSerializer.Deserialize(text, TomlModel.Default.TomlTable) ?? [];
        }
        catch (TomlException error)
        {
            // The parser lists every error; the first one is where to look.
            throw new PixelNetException($"{source} is not valid TOML: {ForeignText.Shorten(error.Message.Split('\n')[0].TrimEnd(), 400)}", error);
        }
    }

    /// <summary>Turns <c>schedule.steps=100</c> into a table; a value that is no TOML is taken as a text.</summary>
    private static TomlTable ParseSetting(string setting)
    {
        int equals = setting.IndexOf('=');
        if (equals < 1) throw new PixelNetException($"--set {setting}: write key=value, such as schedule.steps=500");
        string key = setting[..equals].Trim(), value = setting[(equals + 1)..].Trim();
        try
        {
            return TomlSerializer.Deserialize($"{key} = {value}", TomlModel.Default.TomlTable) ?? [];
        }
        catch (TomlException)
        {
            return Parse($"{key} = \"{value.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"", $"--set {setting}");
        }
    }

    private static void Merge(TomlTable into, TomlTable from)
    {
        foreach (var (key, value) in from)
            if (value is TomlTable section && into.TryGetValue(key, out object? existing) && existing is TomlTable old) Merge(old, section);
            else into[key] = value;
    }

    private static RunConfig Check(RunConfig c, string source)
    {
        Require(c.Input.Width is >= 1 and <= 16384 && c.Input.Height is >= 1 and <= 16384, "input.width and input.height must be 1 to 16384");
        OneOf(c.Input.Order, "input.order", "rgb", "bgr");
        Require(c.Input.Mean.Count == 3 && c.Input.Deviation.Count == 3 && c.Input.Deviation.All(d => d > 0), "input.mean and input.deviation must hold three numbers, deviations above 0");
        Require(c.Model.Width is > 0 and <= 4, "model.width must be above 0 and at most 4");
        Require(c.Model.Taps.Count > 0, "model.taps must name at least one layer");
        Require(c.Model.Head.All(w => w is >= 1 and <= 65536), "model.head must hold widths of 1 to 65536");
        Require(c.Model.Dropout is >= 0 and < 1, "model.dropout must be at least 0 and below 1");
        Require(c.Model.WeightsSha256.Length == 0 || (c.Model.WeightsSha256.Length == 64 && c.Model.WeightsSha256.All(char.IsAsciiHexDigit)), "model.weights_sha256 must be empty or the 64 hexadecimal digits of a SHA-256");
        OneOf(c.Model.TrunkInit, "model.trunk_init", "he", "gaussian");
        OneOf(c.Model.HeadInit, "model.head_init", "he", "gaussian", "truncated");
        Require(c.Sampling.Images is >= 1 and <= 1024, "sampling.images must be 1 to 1024");
        Require(c.Sampling.Pixels is >= 1 and <= 10_000_000, "sampling.pixels must be 1 to 10,000,000");
        Require((long)c.Sampling.Images * c.Sampling.Pixels <= 100_000_000, "sampling.images times sampling.pixels must be at most 100,000,000");
        OneOf(c.Sampling.Mode, "sampling.mode", "uniform", "balanced");
        Require(c.Augmentation.Flip is >= 0 and <= 1, "augmentation.flip must be 0 to 1");
        Require(IsRange(c.Augmentation.Scale) && c.Augmentation.Scale[1] <= 10, "augmentation.scale must be [min, max] with 0 < min <= max <= 10");
        Require(IsRange(c.Augmentation.Gain) && c.Augmentation.Gain[1] <= 10, "augmentation.gain must be [min, max] with 0 < min <= max <= 10");
        OneOf(c.Loss.ClassWeights, "loss.class_weights", "none", "sqrt_frequency");
        OneOf(c.Optimizer.Kind, "optimizer.kind", "adam", "sgd");
        Require(double.IsFinite(c.Optimizer.LearningRate) && c.Optimizer.LearningRate >= 0, "optimizer.learning_rate must be a number of at least 0");
        Require(c.Optimizer.Beta1 is >= 0 and < 1 && c.Optimizer.Beta2 is >= 0 and < 1 && c.Optimizer.Momentum is >= 0 and < 1, "optimizer.beta1, beta2 and momentum must be at least 0 and below 1");
        OneOf(c.Schedule.Kind, "schedule.kind", "constant", "step", "poly", "cosine");
        Require(c.Schedule.Steps >= 1 && c.Schedule.Every >= 1 && c.Schedule.Warmup >= 0, "schedule.steps and schedule.every must be at least 1, schedule.warmup at least 0");
        Require(c.Validation.Every >= 0 && c.Validation.Images >= 0 && c.Validation.Checkpoint >= 1, "validation.every and images must be at least 0, validation.checkpoint at least 1");
        return c;

        void Require(bool holds, string sentence)
        {
            if (!holds) throw new PixelNetException($"{source}: {sentence}");
        }

        void OneOf(string value, string key, params string[] allowed) =>
            Require(allowed.Contains(value), $"{key} is '{value}'{Suggestion.For(value, allowed)}; it must be one of {string.Join(", ", allowed)}");

        static bool IsRange(IReadOnlyList<double> range) => range.Count == 2 && range[0] > 0 && range[0] <= range[1];
    }
}
