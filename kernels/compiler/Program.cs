// Sources (.cu) -> committed PTX, line maps, manifests, and the table in kernels/README.md: usage REPOSITORY [--check]. The same sources give the same
// bytes. --check writes nothing: it compiles, compares with what is committed and fails on any difference or spilled register.
//
// NVRTC 11.8 orders a large kernel (pixel_mlp/2_tiled) by where its own memory lies, which is another place in every process. So a check that fails is made again
// in a process of its own, and only what no process gives is a difference.
using System.Diagnostics;
using PixelNet.Native.KernelCompiler;
using PixelNet.Native.Ptx;
using PixelNet.Native.Ptx.Compilation;

if (args.Length is < 1 or > 2 || !Directory.Exists(Path.Combine(args[0], "kernels")) || (args.Length == 2 && args[1] != "--check"))
{
    Console.Error.WriteLine("kernels takes --check or nothing.");
    return 2;
}
const string AttemptVariable = "PIXELNET_KERNELS_ATTEMPT";
const int Attempts = 4;
bool isCheck = args.Length == 2;
string root = args[0];
try
{
    Nvrtc.Load(NvrtcSearch.Find() ?? throw new InvalidDataException(
        $"NVRTC 11.8 was not found: on Debian kernels/get-nvrtc.sh artifacts/nvrtc fetches it (17 MB), elsewhere let {NvrtcSearch.Variable} name it."));
}
catch (Exception error) when (error is InvalidDataException or DllNotFoundException or BadImageFormatException)
{
    Console.Error.WriteLine(error is InvalidDataException ? error.Message : $"NVRTC cannot be loaded: {error.Message.Split('\n')[^1].Trim()}");
    return 1;
}
string compiler = $"NVRTC {Nvrtc.Version()}";
bool isTrial = Nvrtc.Version() != CompiledKernel.PinnedVersion;
if (isTrial && isCheck)
{
    Console.Error.WriteLine($"{compiler} gives other bytes than the {CompiledKernel.PinnedVersion} that the committed PTX comes from, so nothing can be compared; let {NvrtcSearch.Variable} name NVRTC {CompiledKernel.PinnedVersion}.");
    return 1;
}
if (isTrial) Console.WriteLine($"{compiler} is not the {CompiledKernel.PinnedVersion} that the committed PTX comes from: the outputs go to artifacts/kernels, for trials only.");

var problems = new List<string>();
int sources = 0, failed = 0;
var sets = new[]
{
    ("kernels", "kernels/ptx"),
    ("docs/course/exercises", "tests/PixelNet.Native.Course.Tests/Ptx/exercises"),
    ("tests/PixelNet.Native.Course.Tests/Solutions", "tests/PixelNet.Native.Course.Tests/Ptx/solutions"),
};
foreach (var (from, to) in sets.Where(set => Directory.Exists(Path.Combine(root, set.Item1))))
{
    string output = Path.Combine(root, isTrial ? Path.Combine("artifacts", to) : to);
    var headers = KernelSource.Headers(Path.Combine(root, from));
    var kernels = new List<CompiledKernel>();
    var entries = new List<KernelEntry>();
    foreach (var source in KernelSource.All(Path.Combine(root, from), headers))
    {
        sources++;
        try
        {
            var kernel = CompiledKernel.From(source, headers, isCheck ? KernelOutput.Committed(output, source) : null);
            var assembled = KernelEntry.From(kernel, headers).ToList();
            if (assembled.Find(e => entries.Exists(other => other.Name == e.Name)) is { } twice) throw new InvalidDataException($"another source has the entry {twice.Name} too.");
            kernels.Add(kernel);
            entries.AddRange(assembled);
            foreach (var entry in assembled.Where(e => e.Resources.Values.Any(r => r.Spilled > 0)))
                problems.Add($"{from}/{source.Key}.cu: {entry.Name} spills registers ({string.Join(", ", entry.Resources.Select(r => $"{r.Value.Spilled} bytes on sm_{r.Key}"))})");
            if (!isCheck) Console.WriteLine($"{from}/{source.Key}.cu: {kernel.Module.Entries.Count} entries, {kernel.Ptx.Count(c => c == '\n')} lines of PTX");
        }
        catch (Exception error) when (error is InvalidDataException or PtxException)
        {
            problems.Add($"{from}/{source.Key}.cu: {error.Message}");
            failed++;
        }
    }
    // A folder is written whole or not at all.
    if (failed > 0) break;
    var files = KernelOutput.Files(compiler, kernels, headers);
    string page = Path.Combine(root, from, "README.md"), table = "";
    if (File.Exists(page))
    {
        files["resources.json"] = KernelOutput.Resources(compiler, entries);
        table = KernelTable.Fill(File.ReadAllText(page).ReplaceLineEndings("\n"), entries);
    }
    if (isCheck)
    {
        problems.AddRange(KernelOutput.Differences(output, files));
        if (table.Length > 0 && table != File.ReadAllText(page).ReplaceLineEndings("\n")) problems.Add($"{page} is not what resources.json says");
        continue;
    }
    KernelOutput.Write(output, files);
    if (table.Length > 0 && !isTrial) KernelOutput.WriteFile(page, table);
}
_ = int.TryParse(Environment.GetEnvironmentVariable(AttemptVariable), out int attempt);
if (isCheck && problems.Count > 0 && attempt + 1 < Attempts) return Again(attempt + 1);
foreach (string problem in problems) Console.Error.WriteLine(problem);
if (failed > 0) Console.Error.WriteLine($"{failed} of {sources} sources do not compile; {(isCheck ? "nothing was compared" : "their folder is as it was")}.");
if (isCheck && problems.Count == 0) Console.WriteLine($"{sources} sources give the committed bytes and spill no register.");
else if (isCheck) Console.Error.WriteLine("run ./build.sh kernels and commit what it writes");
return failed > 0 || (isCheck && problems.Count > 0) ? 1 : 0;

int Again(int attempt)
{
    // By its own host, or by dotnet, which takes the program as its first argument.
    bool isHost = Path.GetFileNameWithoutExtension(Environment.ProcessPath!) != "dotnet";
    var start = new ProcessStartInfo(Environment.ProcessPath!, Environment.GetCommandLineArgs().Skip(isHost ? 1 : 0)) { UseShellExecute = false };
    start.Environment[AttemptVariable] = $"{attempt}";
    using var process = Process.Start(start)!;
    process.WaitForExit();
    return process.ExitCode;
}
