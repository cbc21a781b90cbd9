using System.Text;
using System.Text.Json;
using PixelNet.Native.Data;

namespace PixelNet.Native.Cli;

/// <summary>Where <c>--json</c> goes: a file, written whole or not at all, or - for standard output.</summary>
internal static class JsonTarget
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    /// <summary>Refuses a target that cannot be written, before the work and not after it.</summary>
    public static void Require(string? json)
    {
        if (json is null or "-") return;
        if (Directory.Exists(json)) throw new WrongCallException($"--json {json} is a folder; name a file in it");
        if (Path.GetDirectoryName(Path.GetFullPath(json)) is { } folder && !Directory.Exists(folder))
            throw new WrongCallException($"--json {json} lies in a folder that does not exist; make the folder or name another");
    }

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
