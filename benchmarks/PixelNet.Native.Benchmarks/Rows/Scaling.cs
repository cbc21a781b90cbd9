using System.Globalization;
using System.Text;

namespace PixelNet.Native.Benchmarks.Rows;

/// <summary><c>bench scaling</c>: ours against itself, in turns: all threads against one, and a pixel of a large image against one of a small image.</summary>
internal static class Scaling
{
    private const int Turns = 3, Iterations = 2;

    private static readonly (string Title, Workload Work)[] Threads =
    [
        ("convolution: VGG16 forward 360x480", new("vgg-forward", 360, 480, 0)),
        ("GEMM: head 1472-4096-4096-19 forward + backward, 2000 rows", new("head", 1, 1, 2000)),
    ];

    private static readonly (string Title, Workload Small, Workload Large)[] Pixels =
    [
        ("VGG16 forward", new("vgg-forward", 256, 512, 0), new("vgg-forward", 1024, 2048, 0)),
        ("dense prediction, 1472-256-256-19", new("dense", 256, 512, 256), new("dense", 1024, 2048, 256)),
    ];

    public static string Run(int threads, string? folder)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"| row | 1 thread, ms | {threads} threads, ms | 1 thread / {threads} threads | spread | must |\n|---|---|---|---|---|---|\n");
        foreach (var (title, work) in Threads)
        {
            var (one, all, ratios) = Compare((work, 1, 1), (work, threads, 1));
            Line(text, title, one, all, ratios, threads == 2 ? "at least 1.70" : "");
        }
        text.Append("\n| row | 256x512, ns a pixel | 1024x2048, ns a pixel | 1024x2048 / 256x512 | spread | must |\n|---|---|---|---|---|---|\n");
        foreach (var (title, small, large) in Pixels)
        {
            var (a, b, ratios) = Compare((small, threads, 1e6 / (small.Height * small.Width)), (large, threads, 1e6 / (large.Height * large.Width)));
            Line(text, title, a, b, [.. ratios.Select(ratio => 1 / ratio)], "at most 1.25");
        }
        if (folder is not null)
            Results.Write(Path.Combine(folder, "scaling.md"), _ => $"# The CPU backend against itself\n\n`./build.sh bench scaling --save DIR`, {Results.Machine()}; commit {Results.Commit()}; medians of {Turns} turns.\n\n{text}");
        return text.ToString();
    }

    /// <summary>Medians of both in turns, scaled, and the ratios a / b of the turns.</summary>
    private static (double A, double B, double[] Ratios) Compare((Workload Work, int Threads, double Scale) a, (Workload Work, int Threads, double Scale) b)
    {
        var ours = new Contender("ours", "ours", new Dictionary<string, string>());
        using WorkerProcess first = new(ours, a.Work, a.Threads), second = new(ours, b.Work, b.Threads);
        first.Time(1);
        second.Time(1);
        List<double> times = [], others = [];
        for (int turn = 0; turn < Turns; turn++)
        {
            times.Add(first.Time(Iterations).Min() * a.Scale);
            others.Add(second.Time(a.Work == b.Work ? Iterations : 1).Min() * b.Scale);
        }
        return (Median(times), Median(others), [.. times.Zip(others, (x, y) => x / y)]);
    }

    private static void Line(StringBuilder text, string title, double a, double b, double[] ratios, string must) => text.Append(CultureInfo.InvariantCulture,
        $"| {title} | {a:F1} | {b:F1} | **{Median(ratios):F2}** | {ratios.Min():F2} .. {ratios.Max():F2} | {must} |\n");

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(Turns / 2);
}
