using System.Globalization;
using System.Text.RegularExpressions;
using PixelNet.Native.Cuda.Driver;

namespace PixelNet.Native.Cuda.Cudnn;

/// <summary>
/// The files that cuDNN is made of. <c>libcudnn.so.9</c> only hands on to <c>libcudnn_ops.so.9</c> and others, which it opens when they are first
/// needed; a missing one, or one of another version, fails there with no more than a status. So the files are looked at beforehand.
/// </summary>
internal static partial class CudnnParts
{
    private const string OneCudnn = $"install one cuDNN, 8 or 9, and name its folder with {CudnnLibrary.Variable}", Whole = "install cuDNN again, whole";

    // Those that convolutions need.
    private static readonly string[] Version9 = ["graph", "ops", "cnn", "heuristic", "engines_precompiled", "engines_runtime_compiled"];

    private static readonly string[] Version8 = ["ops_infer", "ops_train", "cnn_infer", "cnn_train"];

    /// <summary>The variable by which the loader finds parts.</summary>
    public static string SearchPath => OperatingSystem.IsWindows() ? "PATH" : "LD_LIBRARY_PATH";

    /// <summary>Refuses a library whose parts do not fit it.</summary>
    /// <param name="path">The library's file, links followed.</param>
    /// <param name="version">What it says of itself.</param>
    /// <exception cref="LibraryException">A part is missing or of another version; the sentence names it.</exception>
    public static void Check(string path, CudnnVersion version)
    {
        string name = Path.GetFileName(path), folder = Path.GetDirectoryName(path)!;
        if (MajorOf(name) is { } major && major != version.Major)
            throw new LibraryException($"the file {path} is named as version {major} but is cuDNN {version}: versions {Math.Min(major, version.Major)} and {Math.Max(major, version.Major)} are mixed", OneCudnn);
        if (version.Major is not (8 or 9)) throw new LibraryException($"{path} is cuDNN {version}, and versions 8 and 9 are supported", OneCudnn);
        foreach (string part in version.Major == 9 ? Version9 : Version8)
        {
            if (Find(folder, part, version.Major) is not { } file)
            {
                int other = version.Major == 9 ? 8 : 9;
                var others = Files(folder, other);
                throw others.Count > 0
                    ? new LibraryException($"cuDNN {version} at {path} lies beside parts of version {other} ({others[0]}) and lacks its own {FileName(part, version.Major)}: versions 8 and 9 are mixed", OneCudnn)
                    : new LibraryException($"cuDNN {version} at {path} lacks its part {FileName(part, version.Major)}, which must lie in {folder}", Whole);
            }
            if (FullVersion(file) is { } found && found != version)
                throw new LibraryException($"cuDNN {version} at {path} has a part of version {found}, {file}: two versions are mixed in one folder", Whole);
        }
    }

    /// <summary>Names of the parts that convolutions need, for lists.</summary>
    public static IEnumerable<string> Names(int major) => (major == 9 ? Version9 : Version8).Select(part => FileName(part, major));

    private static string FileName(string part, int major) => OperatingSystem.IsWindows() ? $"cudnn_{part}64_{major}.dll" : $"libcudnn_{part}.so.{major}";

    /// <summary>A part's file, links followed: by the name of its version, or by the full one alone.</summary>
    private static string? Find(string folder, string part, int major)
    {
        string file = Path.Combine(folder, FileName(part, major));
        if (File.Exists(file)) return LibrarySearch.RealPath(file);
        return OperatingSystem.IsWindows() ? null : Directory.EnumerateFiles(folder, FileName(part, major) + ".*").Order(StringComparer.Ordinal).LastOrDefault();
    }

    private static List<string> Files(string folder, int major) =>
        [.. Directory.EnumerateFiles(folder).Select(Path.GetFileName).OfType<string>().Where(file => file.Contains("cudnn_", StringComparison.Ordinal) && MajorOf(file) == major).Order(StringComparer.Ordinal)];

    private static int? MajorOf(string file) => NumberOf().Match(file) is { Success: true } match ? int.Parse(match.Groups["major"].Value, CultureInfo.InvariantCulture) : null;

    private static CudnnVersion? FullVersion(string file)
    {
        var match = FullNumberOf().Match(Path.GetFileName(file));
        int Number(string group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
        return match.Success ? new(Number("major"), Number("minor"), Number("patch")) : null;
    }

    [GeneratedRegex(@"(\.so\.|64_)(?<major>\d{1,3})(\.|$)")]
    private static partial Regex NumberOf();

    [GeneratedRegex(@"\.so\.(?<major>\d{1,3})\.(?<minor>\d{1,3})\.(?<patch>\d{1,3})$")]
    private static partial Regex FullNumberOf();
}
