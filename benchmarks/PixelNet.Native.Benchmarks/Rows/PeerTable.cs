using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace PixelNet.Native.Benchmarks.Rows;

/// <summary>
/// Every row: ours and its peers, each a process of its own, in rounds that take turns, so that a busy neighbour hits all of them. The ratio is that of
/// the same round, peer / ours; the table gives its median and spread and names the best peer. Not BenchmarkDotNet, which measures one after the other.
/// </summary>
internal static partial class PeerTable
{
    private const string Head =
        "| row | ours, ms | best peer | its ms | peer / ours | spread (rounds) | must | peak MiB, ours / best peer | error, ours / libtorch | all peers, ms | commit |\n|---|---|---|---|---|---|---|---|---|---|---|\n";

    /// <summary>The network and its parts.</summary>
    public static readonly PeerTableKind Network = new("peers", "CPU backend against libtorch and ONNX Runtime",
        "In the row AVX2 both sides are without AVX-512; ONNX Runtime cannot be told and is left out. Rows of 1024x2048 are measured against the tuned peers alone, dense prediction against the one that is best at 360x480. "
        + "Error: relative to the same computation in double, of ours and of libtorch in float: all maps, all gradients, or all probabilities (of 1024x2048, those of nine windows of 64x64 pixels at the corners, edges and centre); gradients differ by the signs of sums near 0, in both.",
    [
        new("VGG16 forward 360x480", new("vgg-forward", 360, 480, 0), 2.0),
        new("VGG16 forward 1024x2048", new("vgg-forward", 1024, 2048, 0), 2.2),
        new("VGG16 forward 360x480, AVX2", new("vgg-forward", 360, 480, 0), 1.5, Avx2: true),
        new("VGG16 forward + backward 360x480", new("vgg-training", 360, 480, 0), 1.8),
        new("hypercolumn forward, 2000 points", new("gather", 360, 480, 2000), 5),
        new("hypercolumn forward + backward, 2000 points", new("gather-training", 360, 480, 2000), 10),
        new("head 1472-4096-4096-19 forward + backward, 2000 rows", new("head", 1, 1, 2000), 0.9),
        new("head 1472-4096-4096-19 forward + backward, 10000 rows", new("head", 1, 1, 10000), 0.9),
        new("training step, 360x480, 2000 points, SGD", new("step", 360, 480, 2000), 1.35),
        new("dense prediction 360x480, 1472-256-256-19", new("dense", 360, 480, 256), 3),
        new("dense prediction 360x480, 1472-1024-1024-19", new("dense", 360, 480, 1024), 3),
        new("dense prediction 1024x2048, 1472-256-256-19", new("dense", 1024, 2048, 256), 3, OnePeer: true),
        new("dense prediction 1024x2048, 1472-1024-1024-19", new("dense", 1024, 2048, 1024), 3, OnePeer: true),
    ]);

    /// <summary>Where the head's time goes: its layers and passes one by one.</summary>
    public static readonly PeerTableKind DenseLayers = new("gemm", "Dense layers of the head, pass by pass, against libtorch", "Forward with bias and ReLU. Ours masks the gradient of the input by the ReLU in front, libtorch's product does not; both sum the gradient of the bias.",
    [
        .. new[] { (1472, 4096), (4096, 4096), (4096, Workload.Classes) }.SelectMany(layer => new[] { "linear-forward", "linear-input", "linear-weight" }
            .Select(pass => new PeerRow($"{layer.Item1}-{layer.Item2}, 2000 rows, {pass}", new(pass, layer.Item1, layer.Item2, 2000), 0.9))),
    ]);

    /// <summary>
    /// Measures the row whose title is <paramref name="filter"/>, or those that hold it; with <paramref name="folder"/>, they replace their
    /// older selves in its file, so that rows can be measured one by one.
    /// </summary>
    public static string Run(PeerTableKind kind, int threads, string filter, string? folder)
    {
        var exact = kind.Rows.Where(row => row.Title.Equals(filter, StringComparison.OrdinalIgnoreCase)).ToArray();
        var chosen = exact.Length > 0 ? exact : [.. kind.Rows.Where(row => row.Title.Contains(filter, StringComparison.OrdinalIgnoreCase))];
        if (chosen.Length == 0) throw new PixelNetException($"no row has '{filter}' in its title; rows: {string.Join("; ", kind.Rows.Select(row => row.Title))}");
        var text = new StringBuilder(Head);
        foreach (var row in chosen)
        {
            string line = $"| {row.Measure(threads)} | {Results.Commit()} |";
            Console.Error.WriteLine(line);
            text.Append(line).Append('\n');
            if (folder is not null) Results.Write(Path.Combine(folder, $"{kind.Name}.md"), old => Merged(kind, old, line, threads));
        }
        return text.ToString();
    }

    private static string Merged(PeerTableKind kind, string old, string line, int threads)
    {
        var lines = TableRow().Matches(old).Select(match => match.Value).Append(line).GroupBy(TitleOf).ToDictionary(group => group.Key, group => group.Last());
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {kind.Heading}\n\n`./build.sh bench {kind.Name} [ROW] --save DIR`, {Results.Machine()}, {threads} threads each. ");
        text.Append(CultureInfo.InvariantCulture, $"Every contender is a process of its own; rounds take turns; the ratio is the median of the rounds against the best peer, however tuned. libtorch through TorchSharp {TorchVersion()} (eager; contiguous and channels-last; tuned = malloc settings, huge pages and MKL's AVX-512 code), ONNX Runtime {OrtVersion()}. ");
        text.Append(kind.Notes).Append("\n\n");
        text.Append(Head);
        foreach (var row in kind.Rows)
            if (lines.TryGetValue(row.Title, out string? measured)) text.Append(measured).Append('\n');
        return text.ToString();
    }

    private static string TitleOf(string line) => line.Split('|')[1].Trim();

    private static string TorchVersion() => typeof(TorchSharp.torch).Assembly.GetName().Version!.ToString();

    private static string OrtVersion() => typeof(Microsoft.ML.OnnxRuntime.InferenceSession).Assembly.GetName().Version!.ToString();

    [GeneratedRegex(@"^\|.*\| [0-9a-f+]+ \|$", RegexOptions.Multiline)]
    private static partial Regex TableRow();
}
