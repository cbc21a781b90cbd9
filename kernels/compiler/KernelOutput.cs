using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PixelNet.Native.KernelCompiler;

/// <summary>
/// A generated folder: <c>KEY.ptx</c>, <c>KEY.lines</c>, <c>manifest.json</c> and, for the kernels themselves, <c>resources.json</c>. The same sources give
/// the same bytes.
/// </summary>
internal static class KernelOutput
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The files that compiled sources give, by their path in the folder.</summary>
    public static SortedDictionary<string, string> Files(string compiler, IReadOnlyList<CompiledKernel> kernels, IReadOnlyDictionary<string, string> headers)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var manifest = new SortedDictionary<string, object>(StringComparer.Ordinal);
        foreach (var (source, options, ptx, module, lines) in kernels)
        {
            files[source.Key + ".ptx"] = ptx;
            files[source.Key + ".lines"] = lines.ToString();
            manifest[source.Key] = new
            {
                source = KernelSource.HashOf(source.Text),
                includes = source.Includes.ToDictionary(h => h, h => KernelSource.HashOf(headers[h])),
                options,
                ptx = KernelSource.HashOf(ptx),
                entries = module.Entries.Select(e => e.Name),
            };
        }
        files["manifest.json"] = Serialize(new { compiler, kernels = manifest });
        return files;
    }

    /// <summary>The PTX and the line map that a folder holds of a source; null if one of them is missing.</summary>
    public static (string Ptx, string Lines)? Committed(string folder, KernelSource source)
    {
        string path = Path.Combine(folder, source.Key);
        return File.Exists(path + ".ptx") && File.Exists(path + ".lines") ? (File.ReadAllText(path + ".ptx"), File.ReadAllText(path + ".lines")) : null;
    }

    /// <summary>Text of <c>resources.json</c>: what each entry needs on each GPU.</summary>
    public static string Resources(string compiler, IEnumerable<KernelEntry> entries) => Serialize(new
    {
        compiler,
        entries = entries.ToDictionary(e => e.Name, e => new
        {
            source = e.Source.Key,
            threads = e.Threads,
            gpus = e.Resources.ToDictionary(r => $"sm_{r.Key}", r => new
            {
                registers = r.Value.Registers, shared = r.Value.Shared, stack = r.Value.Stack, spilled = r.Value.Spilled, occupancy = e.Occupancy(r.Key),
            }),
        }),
    });

    /// <summary>Writes the files, each whole, and deletes what earlier sources have left.</summary>
    public static void Write(string folder, SortedDictionary<string, string> files)
    {
        foreach (var (name, text) in files) WriteFile(Path.Combine(folder, name), text);
        foreach (string stale in Existing(folder).Where(name => !files.ContainsKey(name))) File.Delete(Path.Combine(folder, stale));
        foreach (string empty in Directory.GetDirectories(folder).Where(path => !Directory.EnumerateFileSystemEntries(path).Any())) Directory.Delete(empty);
    }

    /// <summary>Writes a file under a temporary name and renames it.</summary>
    public static void WriteFile(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string temporary = path + ".new";
        File.WriteAllText(temporary, text, new UTF8Encoding(false));
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Files of a folder that are not, byte for byte, those that were compiled: other, missing or left behind.</summary>
    public static IEnumerable<string> Differences(string folder, SortedDictionary<string, string> files)
    {
        foreach (var (name, text) in files)
        {
            string path = Path.Combine(folder, name);
            if (!File.Exists(path)) yield return $"{path} is missing";
            else if (!File.ReadAllBytes(path).AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(text))) yield return $"{path} is not what its source compiles to";
        }
        foreach (string stale in Existing(folder).Where(name => !files.ContainsKey(name))) yield return $"{Path.Combine(folder, stale)} has no source";
    }

    private static List<string> Existing(string folder) =>
        Directory.Exists(folder) ? [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/'))] : [];

    private static string Serialize(object value) => JsonSerializer.Serialize(value, Json) + "\n";
}
