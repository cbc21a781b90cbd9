using System.Text;
using System.Text.Json;
using PixelNet.Native.Data;

namespace PixelNet.Native.Cli;

/// <summary>Where <c>--json</c> goes: a file, written whole or not at all, or - for standard output.</summary>
internal static class JsonTarget
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    /// <summary>Refuses a target that cannot be written, before the work and not after it.</summary>
    public static void Require(string? json) => OutputFile.Require("--json", json == "-" ? null : json);

    /// <summary>Writes one object.</summary>
    public static void Write(string target, Action<Utf8JsonWriter> members)
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Indented))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        string text = Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
        if (target == "-") Console.Out.Write(text);
        else AtomicFile.WriteText(target, text);
    }
}
