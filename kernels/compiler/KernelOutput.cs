using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PixelNet.Native.KernelCompiler;

/// <summary>The generated folder: <c>KEY.ptx</c>, <c>KEY.lines</c> and <c>manifest.json</c>, by path from it. The same sources give the same bytes.</summary>
internal static class KernelOutput
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The files that the compiled sources give.</summary>
    public static SortedDictionary<string, string> Files(string compiler, IEnumerable<CompiledKernel> kernels)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var manifest = new SortedDictionary<string, object>(StringComparer.Ordinal);
        foreach (var (source, options, ptx, module, lines) in kernels)
        {
            files[source.Key + ".ptx"] = ptx;
            files[source.Key + ".lines"] = lines.ToString();
            manifest[source.Key] = new
            {
                source = source.Hash, includes = source.Includes, options, ptx = KernelSource.HashOf(ptx), entries = module.Entries.Select(e => e.Name),
            };
        }
        files["manifest.json"] = JsonSerializer.Serialize(new { compiler, kernels = manifest }, Json) + "\n";
        return files;
    }

    /// <summary>Writes the files, each whole, and deletes what earlier sources have left.</summary>
    public static void Write(string folder, SortedDictionary<string, string> files)
    {
        foreach (var (name, text) in files)
        {
            string path = Path.Combine(folder, name), temporary = path + ".new";
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(temporary, text, new UTF8Encoding(false));
            File.Move(temporary, path, overwrite: true);
        }
        foreach (string path in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
        {
            if (!files.ContainsKey(Name(folder, path))) File.Delete(path);
        }
        foreach (string path in Directory.GetDirectories(folder))
        {
            if (!Directory.EnumerateFileSystemEntries(path).Any()) Directory.Delete(path);
        }
    }

    private static string Name(string folder, string path) => Path.GetRelativePath(folder, path).Replace('\\', '/');
}
