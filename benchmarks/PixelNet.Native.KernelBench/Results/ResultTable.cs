using System.Globalization;
using System.Text;
using PixelNet.Native.KernelBench.Measurement;

namespace PixelNet.Native.KernelBench.Results;

/// <summary>Results as Markdown: the machine and its ceilings, a row for each implementation, memory, checks, and how many targets were met.</summary>
public static class ResultTable
{
    private const double MB = 1e6;

    /// <summary>All tables.</summary>
    public static string Of(ResultFile file)
    {
        var text = new StringBuilder();
        if (file.Device is { } device)
            text.Append(CultureInfo.InvariantCulture, $"{device.Name}, compute capability {device.ComputeCapability}, {device.MemoryBytes / (1 << 20)} MiB, L2 {device.L2Bytes / (1 << 20)} MiB, {device.Multiprocessors} SMs; driver for CUDA {device.CudaVersion}; cuDNN {device.Cudnn ?? "not there"}, cuBLAS {device.Cublas ?? "not there"}; PixelNet.Native {device.Version}, commit {device.Commit}\n");
        text.Append(file.Peers is null ? "Peers: none\n" : $"Peers: {file.Peers}\n");
        if (file.Ceilings is { } ceilings) text.Append('\n').Append(CeilingTable(ceilings));
        if (file.Rows.Count > 0) text.Append('\n').Append(RowTable(file)).Append('\n').Append(MemoryTable(file.Rows)).Append('\n').Append(TargetTable(file, out _));
        text.Append(CultureInfo.InvariantCulture, $"\nchecks: {file.Checks.Count(check => check.Passed)} of {file.Checks.Count} passed\n");
        foreach (var check in file.Checks.Where(check => !check.Passed)) text.Append(CultureInfo.InvariantCulture, $"FAILED {check.Name}: {check.Detail}\n");
        foreach (var row in file.Rows.Where(row => row.Fault is not null)) text.Append(CultureInfo.InvariantCulture, $"FAILED {row.Id} {row.Precision} {row.Impl}: {row.Fault}\n");
        foreach (var row in file.Rows.Where(row => row.Note is not null)) text.Append(CultureInfo.InvariantCulture, $"note: {row.Id} {row.Precision} {row.Impl}: {row.Note}\n");
        foreach (string note in file.Notes) text.Append(CultureInfo.InvariantCulture, $"note: {note}\n");
        return text.ToString();
    }

    /// <summary>The targets, met and missed, each with both times: what the README shows.</summary>
    /// <param name="file">All results.</param>
    /// <param name="summary">One line: <c>targets: met a, missed b, not measured c</c>.</param>
    public static string TargetTable(ResultFile file, out string summary)
    {
        var text = new StringBuilder("| row | prec | ours | us | peer | us | peer / ours | target | ok |\n|---|---|---|---|---|---|---|---|---|\n");
        int met = 0, missed = 0, open = 0;
        foreach (var target in Target.All)
        {
            var (ours, peer) = Pair(file.Rows, target);
            if (ours?.Timing is { } own && peer?.Timing is { } theirs)
            {
                double ratio = theirs.MedianUs / own.MedianUs;
                if (ratio >= target.Ratio) met++;
                else missed++;
                text.Append(CultureInfo.InvariantCulture, $"| {target.Id} | {target.Precision} | {ours.Impl} | {Number(own.MedianUs)} | {peer.Impl} | {Number(theirs.MedianUs)} | **{ratio:0.00}** | {target.Ratio:0.00} | {(ratio >= target.Ratio ? "yes" : "no")} |\n");
            }
            else
            {
                open++;
                text.Append(CultureInfo.InvariantCulture, $"| {target.Id} | {target.Precision} | {ours?.Impl ?? "-"} | {(ours?.Timing is { } t ? Number(t.MedianUs) : "-")} | {target.Peer} | {(peer?.Timing is { } p ? Number(p.MedianUs) : "-")} | - | {target.Ratio:0.00} | not measured |\n");
            }
        }
        summary = $"targets: met {met}, missed {missed}, not measured {open}";
        return text.Append('\n').Append(summary).Append('\n').ToString();
    }

    /// <summary>A line for each claim, with its figure and whether it holds; of several targets together the one that comes out worst. Ends with how many were met.</summary>
    public static string TargetSummary(ResultFile file)
    {
        var text = new StringBuilder("| claim | peer / ours, at least | measured | met |\n|---|---|---|---|\n");
        foreach (var claim in Target.All.GroupBy(target => target.Claim ?? $"{target.Id}, {target.Precision}"))
        {
            var all = claim.Select(target => (Target: target, Pair: Pair(file.Rows, target))).ToArray();
            var measured = all.Where(one => Ratio(one.Pair) is not null).OrderBy(one => Ratio(one.Pair) / one.Target.Ratio).ToArray();
            int met = measured.Count(one => Ratio(one.Pair) >= one.Target.Ratio);
            string figure = "not measured", verdict = "-";
            if (measured.Length > 0)
            {
                var (target, (ours, peer)) = measured[0];
                figure = string.Create(CultureInfo.InvariantCulture, $"**{Ratio((ours, peer)):0.00}**{(all.Length == 1 ? "" : $", {target.Id} {target.Precision}")} ({Number(ours!.Timing!.MedianUs)} us, {Number(peer!.Timing!.MedianUs)} us)");
                verdict = all.Length == 1 ? met == 1 ? "yes" : "**no**" : $"{(met < measured.Length ? "**no**, " : "")}{met} of {all.Length}";
            }
            text.Append(CultureInfo.InvariantCulture, $"| {claim.Key}: {claim.First().Impl ?? "own kernels"} against {Named(claim.First().Peer)} | {claim.First().Ratio:0.00} | {figure} | {verdict} |\n");
        }
        TargetTable(file, out string summary);
        return text.Append('\n').Append(summary).Append('\n').ToString();
    }

    /// <summary>The time of a training step by who computes it, and the hours of the whole preset.</summary>
    public static string StepTable(IReadOnlyList<ResultRow> rows)
    {
        string[] whose = ["own", "cuDNN", "cuDNN, cuBLAS"];
        var text = new StringBuilder("| seconds a step (hours of the preset) | own kernels | with cuDNN | with cuDNN and cuBLAS | PyTorch eager |\n|---|---|---|---|---|\n");
        foreach (var step in rows.Where(row => row.ProjectedHours is not null && !row.Id.Contains(',', StringComparison.Ordinal)).GroupBy(row => (row.Id, row.Precision)))
        {
            var eager = rows.FirstOrDefault(row => row.IsPeer && (row.Id, row.Precision, row.Impl) == (step.Key.Id, step.Key.Precision, "eager"));
            text.Append(CultureInfo.InvariantCulture, $"| {step.Key.Id}, {step.Key.Precision} |");
            foreach (string impl in whose)
                text.Append(step.FirstOrDefault(row => row.Impl == impl) is { } row ? $" {Seconds(row)} ({Cell(row.ProjectedHours, "0.0")} h) |" : " - |");
            text.Append(CultureInfo.InvariantCulture, $" {Seconds(eager)} |\n");
        }
        return text.ToString();

        static string Seconds(ResultRow? row) => Cell(row?.Timing?.MedianUs / 1e6, "0.0000");
    }

    private static double? Ratio((ResultRow? Ours, ResultRow? Peer) pair) => pair.Peer?.Timing?.MedianUs / pair.Ours?.Timing?.MedianUs;

    private static string Named(string peer) => peer.StartsWith("eager", StringComparison.Ordinal) ? $"PyTorch {peer}" : peer;

    private static (ResultRow? Ours, ResultRow? Peer) Pair(IReadOnlyList<ResultRow> rows, Target target)
    {
        var of = rows.Where(row => row.Id == target.Id && row.Precision == target.Precision).ToArray();
        var ours = of.LastOrDefault(row => !row.IsPeer && (target.Impl is { } impl ? row.Impl == impl : row.IsDefault));
        return (ours, of.FirstOrDefault(row => row.Impl == target.Peer));
    }

    private static string CeilingTable(Ceilings c)
    {
        var text = new StringBuilder("| ceiling | measured |\n|---|---|\n");
        void Row(string name, double? value, string unit) => text.Append(CultureInfo.InvariantCulture, $"| {name} | {(value is { } number ? $"{Number(number)} {unit}" : "not measured")} |\n");
        Row("device copy, read + written", c.CopyGbPerSecond, "GB/s");
        Row("L2 read", c.L2GbPerSecond, "GB/s");
        Row("FFMA", c.FfmaTflops, "TFLOP/s");
        Row("mma.sync tf32", c.MmaTf32Tflops, "TFLOP/s");
        Row("mma.sync bf16", c.MmaBf16Tflops, "TFLOP/s");
        Row("launch in a replayed graph", c.LaunchUs, "us");
        Row("pinned host to device", c.PinnedGbPerSecond, "GB/s");
        return text.ToString();
    }

    private static string RowTable(ResultFile file)
    {
        var text = new StringBuilder("| id | shape | prec | impl | med_us | min_us | iqr% | GFLOP | dramMB | l2MB | TFLOP/s | GB/s | floor_us | eff% | bound | peer | peer_us | ratio | rel_err | det |\n");
        text.Append("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
        foreach (var row in file.Rows)
        {
            // A peer's work is that of the row it is a peer of.
            var work = row.Work ?? file.Rows.FirstOrDefault(other => other.Id == row.Id && other.Work is not null)?.Work;
            var floor = work is null || work.DramBytes == 0 ? null : file.Ceilings?.Floor(work, row.Precision == "tf32");
            var best = row.IsPeer ? null : file.Rows.Where(other => other.IsPeer && other.Id == row.Id && other.Precision == row.Precision && other.Timing is not null).MinBy(other => other.Timing!.MedianUs);
            double? us = row.Timing?.MedianUs;
            string[] cells =
            [
                row.Id, row.Shape, row.Precision, row.Impl + (row.IsDefault ? " *" : ""),
                Cell(us), Cell(row.Timing?.MinUs), Cell(100 * row.Timing?.IqrUs / us, "0.0"),
                Cell(work?.Flop / 1e9), Cell(Positive(work?.DramBytes / MB)), Cell(Positive(work?.L2Bytes / MB)),
                Cell(Positive(work?.Flop) / us / 1e6), Cell(Positive(work?.DramBytes) / us / 1e3),
                Cell(floor?.Us), Cell(100 * floor?.Us / us, "0"), floor?.Bound ?? "-",
                best?.Impl ?? "-", Cell(best?.Timing!.MedianUs), Cell(best?.Timing!.MedianUs / us, "0.00"),
                row.RelativeError is { } error ? error.ToString("0.0E0", CultureInfo.InvariantCulture) : "-", row.Deterministic is { } same ? same ? "yes" : "no" : "-",
            ];
            text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
        }
        return text.Append("\n\\* what the backend takes if nothing else is said\n").ToString();
    }

    private static string MemoryTable(IEnumerable<ResultRow> rows)
    {
        var text = new StringBuilder("| case | prec | impl | peak MiB | s | hours of the preset |\n|---|---|---|---|---|---|\n");
        foreach (var row in rows.Where(row => row.PeakBytes is not null))
            text.Append(CultureInfo.InvariantCulture, $"| {row.Id} | {row.Precision} | {row.Impl} | {row.PeakBytes / 1048576.0:0} | {Cell(row.Timing?.MedianUs / 1e6, "0.0000")} | {Cell(row.ProjectedHours, "0.0")} |\n");
        return text.ToString();
    }

    private static double? Positive(double? value) => value > 0 ? value : null;

    private static string Cell(double? value, string? format = null) => value is not { } number ? "-" : format is null ? Number(number) : number.ToString(format, CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString(value >= 1000 ? "0" : value >= 10 ? "0.0" : "0.000", CultureInfo.InvariantCulture);
}
