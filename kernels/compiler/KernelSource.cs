using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace PixelNet.Native.KernelCompiler;

/// <summary>A kernel source: <c>kernels/linear/1_naive.cu</c> has the key <c>linear/1_naive</c>.</summary>
/// <param name="Key">Path from the kernels folder, without ending, with slashes.</param>
/// <param name="Text">Its text.</param>
/// <param name="Includes">Headers that it includes, directly or not, in order of name.</param>
internal sealed partial record KernelSource(string Key, string Text, IReadOnlyCollection<string> Includes)
{
    // Outputs and this program; everything else below kernels/ is source.
    private static readonly string[] NoSources = ["ptx", "compiler"];

    /// <summary>Base name, which is all that the compiler is told.</summary>
    public string FileName => Path.GetFileName(Key) + ".cu";

    /// <summary>Compute capability that line 1 asks for.</summary>
    /// <exception cref="InvalidDataException">It asks for none.</exception>
    public int Target => TargetLine().Match(Text) is { Success: true } line ? int.Parse(line.Groups[1].ValueSpan, provider: null)
        : throw new InvalidDataException("line 1 must be '// target compute_NN'.");

    /// <summary>Headers of a kernels folder by their path from it, which is how a source in any folder includes them.</summary>
    public static SortedDictionary<string, string> Headers(string root) =>
        new(Files(root, "*.cuh").ToDictionary(f => f.Relative, f => f.Text), StringComparer.Ordinal);

    /// <summary>All sources of a kernels folder in order of key.</summary>
    public static IReadOnlyList<KernelSource> All(string root, IReadOnlyDictionary<string, string> headers)
    {
        var sources = new List<KernelSource>();
        foreach (var (relative, text) in Files(root, "*.cu").OrderBy(f => f.Relative[..^3], StringComparer.Ordinal))
        {
            var used = new SortedSet<string>(StringComparer.Ordinal);
            Collect(text, headers, used);
            sources.Add(new KernelSource(relative[..^3], text, used));
        }
        return sources;
    }

    /// <summary>SHA-256 of a text's UTF-8 bytes, in small hexadecimal digits.</summary>
    public static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static IEnumerable<(string Relative, string Text)> Files(string root, string pattern) =>
        from file in Directory.GetFiles(root, pattern, SearchOption.AllDirectories)
        let relative = Path.GetRelativePath(root, file).Replace('\\', '/')
        where !NoSources.Contains(relative.Split('/')[0])
        select (relative, File.ReadAllText(file).ReplaceLineEndings("\n"));

    private static void Collect(string text, IReadOnlyDictionary<string, string> headers, SortedSet<string> used)
    {
        foreach (Match include in Include().Matches(text))
        {
            string name = include.Groups[1].Value;
            if (headers.TryGetValue(name, out string? header) && used.Add(name)) Collect(header, headers, used);
        }
    }

    [GeneratedRegex(@"\A// target compute_(\d+)\b")]
    private static partial Regex TargetLine();

    [GeneratedRegex("^#include \"(.+)\"", RegexOptions.Multiline)]
    private static partial Regex Include();
}
