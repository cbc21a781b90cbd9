// kernels/*.cu -> kernels/ptx/*.ptx, *.lines and manifest.json: usage KERNELS-FOLDER NVRTC-LIBRARY. The same sources give the same bytes.
//
// Line 1 of a source names its target: "// target compute_70". Each source is compiled twice, without and with line information; the second
// gives the map from PTX lines to source lines and is not kept, since it names files.
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using PixelNet.Native.Ptx;
using PixelNet.Native.Ptx.Compilation;

if (args.Length != 2 || !Directory.Exists(args[0]) || !File.Exists(args[1]))
{
    Console.Error.WriteLine("usage: KERNELS-FOLDER NVRTC-LIBRARY (both must exist)");
    return 2;
}
string root = args[0], output = Path.Combine(root, "ptx");
Nvrtc.Load(args[1]);
string compiler = $"NVRTC {Nvrtc.Version()}";
Directory.CreateDirectory(output);
var headers = Directory.GetFiles(root, "*.cuh").Order(StringComparer.Ordinal).ToDictionary(f => Path.GetFileName(f), ReadText);
var kernels = new SortedDictionary<string, object>(StringComparer.Ordinal);
foreach (string file in Directory.GetFiles(root, "*.cu").Order(StringComparer.Ordinal))
{
    string name = Path.GetFileName(file), stem = Path.GetFileNameWithoutExtension(file), source = ReadText(file);
    var target = Regex.Match(source, @"\A// target (compute_\d+)\b");
    if (!target.Success)
    {
        Console.Error.WriteLine($"{name}: line 1 must be '// target compute_NN'.");
        return 1;
    }
    string[] options = [$"--gpu-architecture={target.Groups[1].Value}", "--std=c++17"];
    try
    {
        string ptx = Nvrtc.Compile(name, source, headers, options);
        string located = Nvrtc.Compile(name, source, headers, [.. options, "--generate-line-info"]);
        var module = PtxModule.Parse(ptx);
        string lines = LineMap.FromLocations(module, PtxModule.Parse(located)).ToString();
        WriteText(Path.Combine(output, stem + ".ptx"), ptx);
        WriteText(Path.Combine(output, stem + ".lines"), lines);
        // The source's hash covers what it includes, directly or not.
        var used = new SortedSet<string>(StringComparer.Ordinal);
        Collect(source, used);
        string all = source + string.Concat(used.Select(h => headers[h]));
        kernels[stem] = new { source = Hash(all), includes = used, options, ptx = Hash(ptx), entries = module.Entries.Select(e => e.Name) };
        Console.WriteLine($"{name}: {module.Entries.Count} entries, {ptx.Count(c => c == '\n')} lines of PTX");
    }
    catch (Exception error) when (error is InvalidDataException or PtxException)
    {
        Console.Error.WriteLine($"{name}: {error.Message}");
        return 1;
    }
}
var json = new JsonSerializerOptions { WriteIndented = true, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
WriteText(Path.Combine(output, "manifest.json"), JsonSerializer.Serialize(new { compiler, kernels }, json) + "\n");
return 0;

void Collect(string text, SortedSet<string> used)
{
    foreach (Match include in Regex.Matches(text, "^#include \"(.+)\"", RegexOptions.Multiline))
    {
        string name = include.Groups[1].Value;
        if (headers.TryGetValue(name, out string? header) && used.Add(name)) Collect(header, used);
    }
}

static string ReadText(string path) => File.ReadAllText(path).ReplaceLineEndings("\n");

static void WriteText(string path, string text)
{
    string temporary = path + ".new";
    File.WriteAllText(temporary, text, new UTF8Encoding(false));
    File.Move(temporary, path, overwrite: true);
}

static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
