using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Text;
using Tomlyn.Model;

namespace PixelNet.Native.Data.Presets;

/// <summary>Between TOML tables and the configuration records: names, types and unknown keys are checked here and nowhere else.</summary>
internal static class ConfigBinder
{
    private const string Kept = "ILLink.Descriptors.xml keeps the configuration records whole";

    /// <summary>A record of type <typeparamref name="T"/> with its defaults, changed by what <paramref name="table"/> holds.</summary>
    /// <exception cref="PixelNetException">A key is unknown or a value has the wrong type.</exception>
    public static T Bind<T>(TomlTable table, string source) where T : new() => (T)Bind(typeof(T), table, source, "");

    /// <summary>The complete configuration as TOML, in declared order.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = Kept)]
    public static string Write(object config)
    {
        var text = new StringBuilder();
        var properties = config.GetType().GetProperties();
        foreach (var p in properties.Where(p => !IsSection(p)))
            text.Append(Key(p)).Append(" = ").AppendLine(Literal(p.GetValue(config)!));
        foreach (var p in properties.Where(IsSection))
            text.AppendLine().Append('[').Append(Key(p)).AppendLine("]").Append(Write(p.GetValue(config)!));
        return text.ToString().ReplaceLineEndings("\n");
    }

    /// <summary>snake_case of a property's name.</summary>
    private static string Key(PropertyInfo property) =>
        string.Concat(property.Name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "_" : "") + char.ToLowerInvariant(c) : c.ToString()));

    private static bool IsSection(PropertyInfo property) => property.PropertyType.Name.EndsWith("Config", StringComparison.Ordinal);

    [UnconditionalSuppressMessage("Trimming", "IL2067", Justification = Kept)]
    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = Kept)]
    private static object Bind(Type type, TomlTable table, string source, string prefix)
    {
        var config = Activator.CreateInstance(type)!;
        var properties = type.GetProperties().ToDictionary(Key);
        foreach (var (key, value) in table)
        {
            if (!properties.TryGetValue(key, out var property))
                throw new PixelNetException($"{source}: unknown key '{prefix}{key}'{Suggestion.For(key, properties.Keys)}");
            property.SetValue(config, IsSection(property)
                ? value is TomlTable section
                    ? Bind(property.PropertyType, section, source, $"{prefix}{key}.")
                    : throw new PixelNetException($"{source}: '{prefix}{key}' is a section, not a value")
                : Convert(value, property.PropertyType) ?? throw new PixelNetException($"{source}: '{prefix}{key}' must be {Describe(property.PropertyType)}"));
        }
        return config;
    }

    private static object? Convert(object value, Type type) => value switch
    {
        string s when type == typeof(string) => s,
        bool b when type == typeof(bool) => b,
        long n when type == typeof(long) => n,
        long n when type == typeof(int) && n is >= int.MinValue and <= int.MaxValue => (int)n,
        long n when type == typeof(double) => (double)n,
        double d when type == typeof(double) => d,
        TomlArray a when type == typeof(IReadOnlyList<string>) => List<string>(a),
        TomlArray a when type == typeof(IReadOnlyList<int>) => List<int>(a),
        TomlArray a when type == typeof(IReadOnlyList<double>) => List<double>(a),
        _ => null,
    };

    private static List<T>? List<T>(TomlArray array)
    {
        var list = array.Select(item => item is null ? null : Convert(item, typeof(T))).ToList();
        return list.Contains(null) ? null : [.. list.Cast<T>()];
    }

    private static string Describe(Type type) =>
        type == typeof(string) ? "a text in quotes"
        : type == typeof(bool) ? "true or false"
        : type == typeof(int) || type == typeof(long) ? "a whole number"
        : type == typeof(double) ? "a number"
        : type == typeof(IReadOnlyList<string>) ? "a list of texts in quotes"
        : "a list of numbers";

    private static string Literal(object value) => value switch
    {
        string s => '"' + s.Replace("\\", "\\\\").Replace("\"", "\\\"") + '"',
        bool b => b ? "true" : "false",
        double d => d.ToString("R", CultureInfo.InvariantCulture) is var r && r.AsSpan().IndexOfAny('.', 'E', 'N') >= 0 ? r.Replace("E", "e") : r + ".0",
        IReadOnlyList<string> list => "[" + string.Join(", ", list.Select(Literal)) + "]",
        IReadOnlyList<int> list => "[" + string.Join(", ", list) + "]",
        IReadOnlyList<double> list => "[" + string.Join(", ", list.Select(d => Literal(d))) + "]",
        _ => System.Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
