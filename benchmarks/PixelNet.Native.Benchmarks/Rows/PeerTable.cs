using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace PixelNet.Native.Benchmarks.Rows;

/// <summary>
/// Every row: ours and its peers, each a process of its own, in rounds that take turns, so that a busy neighbour hits all of them. The ratio is that of
/// the same round, peer / ours; the table gives its median and spread and names the best peer. Not BenchmarkDotNet, which measures one after the other.
/// </summary>
internal static class PeerTable
{
    private static readonly (string Title, Workload Work, double Must, bool Large)[] Rows =
    [
        ("VGG16 forward 360x480", new("vgg-forward", 360, 480, 0), 2.0, false),
        ("VGG16 forward + backward 360x480", new("vgg-training", 360, 480, 0), 1.8, false),
        ("hypercolumn forward, 2000 points", new("gather", 360, 480, 2000), 5, false),
        ("hypercolumn forward + backward, 2000 points", new("gather-training", 360, 480, 2000), 10, false),
        ("head 1472-4096-4096-19 forward + backward, 2000 rows", new("head", 1, 1, 2000), 0.9, false),
        ("training step, 360x480, 2000 points, SGD", new("step", 360, 480, 2000), 1.35, false),
        ("dense prediction 360x480, 1472-256-256-19", new("dense", 360, 480, 256), 3, false),
        ("dense prediction 360x480, 1472-1024-1024-19", new("dense", 360, 480, 1024), 3, false),
        ("head 1472-4096-4096-19 forward + backward, 10000 rows", new("head", 1, 1, 10000), 0.9, true),
        ("VGG16 forward 1024x2048", new("vgg-forward", 1024, 2048, 0), 2.2, true),
        ("dense prediction 1024x2048, 1472-256-256-19", new("dense", 1024, 2048, 256), 3, true),
        ("dense prediction 1024x2048, 1472-1024-1024-19", new("dense", 1024, 2048, 1024), 3, true),
    ];

    /// <summary>The table of the rows whose title holds <paramref name="filter"/>.</summary>
    public static string Run(int threads, string filter)
    {
        var text = new StringBuilder();
        text.AppendLine("| row | ours, ms | best peer | its ms | peer / ours | spread | must | peak MiB, ours / best peer | all peers, ms |");
        text.AppendLine("|---|---|---|---|---|---|---|---|---|");
        foreach (var (title, work, must, large) in Rows.Where(row => row.Title.Contains(filter, StringComparison.OrdinalIgnoreCase)))
        {
            string row = Row(title, work, must, large, threads);
            Console.Error.WriteLine(row);
            text.AppendLine(row);
        }
        return text.Append(CultureInfo.InvariantCulture, $"{Environment.NewLine}{threads} threads each; {Machine()}; peers: libtorch {TorchVersion()} eager (contiguous and channels-last; tuned = malloc settings and MKL's AVX-512 code), ONNX Runtime {OrtVersion()}").AppendLine().ToString();
    }

    private static string Row(string title, Workload work, double must, bool large, int threads)
    {
        Contender[] contenders = [new("ours", "ours", new Dictionary<string, string>()), .. Peers(work)];
        var times = contenders.ToDictionary(c => c.Name, _ => new List<double>());
        var peaks = contenders.ToDictionary(c => c.Name, _ => 0L);
        int rounds = large ? 2 : 5;
        if (large)
        {
            // Too much memory for all at once: each is started anew in every round.
            for (int round = 0; round < rounds; round++)
                foreach (var contender in contenders)
                {
                    using var worker = new WorkerProcess(contender, work, threads);
                    worker.Time(1);
                    times[contender.Name].Add(worker.Time(2).Min());
                    peaks[contender.Name] = Math.Max(peaks[contender.Name], worker.PeakBytes);
                }
        }
        else
        {
            var workers = contenders.Select(contender => new WorkerProcess(contender, work, threads)).ToArray();
            foreach (var worker in workers) worker.Time(2);
            for (int round = 0; round < rounds; round++)
                foreach (var (i, worker) in workers.Index())
                {
                    double[] all = worker.Time(4);
                    times[contenders[i].Name].Add(Median(all.Skip(1)));
                    peaks[contenders[i].Name] = worker.PeakBytes;
                }
            foreach (var worker in workers) worker.Dispose();
        }
        string best = contenders.Skip(1).MinBy(c => Median(times[c.Name]))!.Name;
        double[] ratios = [.. times["ours"].Zip(times[best], (a, b) => b / a)];
        string Mib(string name) => (peaks[name] / 1048576.0).ToString("F0", CultureInfo.InvariantCulture);
        string all1 = string.Join("; ", contenders.Skip(1).Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Name} {Median(times[c.Name]):F1}")));
        return string.Create(CultureInfo.InvariantCulture,
            $"| {title} | {Median(times["ours"]):F1} | {best} | {Median(times[best]):F1} | **{Median(ratios):F2}** | {ratios.Min():F2} .. {ratios.Max():F2} | {must:F2} | {Mib("ours")} / {Mib(best)} | {all1} |");
    }

    private static IEnumerable<Contender> Peers(Workload work)
    {
        var plain = new Dictionary<string, string>();
        var tuned = new Dictionary<string, string> { ["MALLOC_MMAP_MAX_"] = "0", ["MALLOC_TRIM_THRESHOLD_"] = "100000000000", ["MALLOC_TOP_PAD_"] = "268435456", ["THP_MEM_ALLOC_ENABLE"] = "1" };
        if (Avx512Library() is { } library) tuned["LD_PRELOAD"] = library;
        yield return new("libtorch", "torch", plain);
        yield return new("libtorch tuned", "torch", tuned);
        if (work.Kind != "head")
        {
            yield return new("libtorch channels-last", "torch-last", plain);
            yield return new("libtorch channels-last tuned", "torch-last", tuned);
        }
        if (work.Kind == "vgg-forward") yield return new("ONNX Runtime", "ort", plain);
    }

    /// <summary>The preloaded library, built by the machine's C compiler; null where there is none, or no preloading.</summary>
    private static string? Avx512Library()
    {
        if (!OperatingSystem.IsLinux()) return null;
        string library = Path.Combine(AppContext.BaseDirectory, "peers", "libmkl_avx512.so");
        if (File.Exists(library)) return library;
        try
        {
            using var cc = Process.Start(new ProcessStartInfo("cc") { ArgumentList = { "-shared", "-fPIC", "-o", library, Path.Combine(AppContext.BaseDirectory, "peers", "mkl_avx512.c") } })!;
            cc.WaitForExit();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Console.Error.WriteLine("note: no C compiler, so the tuned peer is without MKL's AVX-512 code");
        }
        return File.Exists(library) ? library : null;
    }

    private static string Machine() => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").First(line => line.StartsWith("model name", StringComparison.Ordinal)).Split(':', 2)[1].Trim()
        : System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString();

    private static string TorchVersion() => typeof(TorchSharp.torch).Assembly.GetName().Version!.ToString();

    private static string OrtVersion() => typeof(Microsoft.ML.OnnxRuntime.InferenceSession).Assembly.GetName().Version!.ToString();

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
