using System.Globalization;
using PixelNet.Native.Ptx;
using PixelNet.Native.Ptx.Execution;
using PixelNet.Native.Ptx.Tracing;

namespace PixelNet.Native.Cli.Emulation;

/// <summary>The outcome of a launch for people: verdict, findings, counters and, with the source at hand, each of its lines with what it cost.</summary>
internal static class EmulationText
{
    private const int MostFindings = 20, MostPlaces = 4, MostLine = 100;

    /// <summary>Writes verdict, findings and counters.</summary>
    /// <param name="text">Where to.</param>
    /// <param name="report">The launch.</param>
    /// <param name="about">Lines that say what ran, and how.</param>
    /// <param name="source">File that findings and lines refer to.</param>
    /// <param name="lines">Lines of the <c>.cu</c>, if they are known.</param>
    public static void Write(TextWriter text, LaunchReport report, IReadOnlyList<string> about, string source, IReadOnlyList<string>? lines)
    {
        text.WriteLine($"kernel       {report.Kernel}");
        foreach (string line in about) text.WriteLine($"             {line}");
        text.WriteLine(report.IsClean ? "verdict      clean: no finding" : $"verdict      {report.Findings.Count} finding{(report.Findings.Count == 1 ? "" : "s")}");
        foreach (var finding in report.Findings.Take(MostFindings)) Write(text, finding, source, lines);
        if (report.Findings.Count > MostFindings) text.WriteLine($"  and {report.Findings.Count - MostFindings} more; --json lists all");
        text.WriteLine();
        Totals(text, report);
        if (lines is not null) Annotated(text, report, lines);
    }

    private static void Write(TextWriter text, Finding finding, string source, IReadOnlyList<string>? lines)
    {
        string place = finding.SourceLine > 0 ? $"{source}:{finding.SourceLine} (PTX line {finding.Line})" : $"PTX line {finding.Line}";
        text.WriteLine();
        text.WriteLine($"{finding.KindName} at {place}");
        if (lines is not null && finding.SourceLine > 0 && finding.SourceLine <= lines.Count) text.WriteLine($"  | {Fit(lines[finding.SourceLine - 1].Trim(), MostLine)}");
        text.WriteLine($"  {finding.Message}");
        if (finding.Threads.Count > 0)
            text.WriteLine($"  {finding.Occurrences:N0} time{(finding.Occurrences == 1 ? "" : "s")}: thread {Places(finding.Threads)} of block {Places(finding.Blocks)}");
    }

    internal static string Places(IReadOnlyList<Dim3> places) =>
        string.Join(' ', places.Take(MostPlaces)) + (places.Count > MostPlaces ? " …" : "");

    private static void Totals(TextWriter text, LaunchReport report)
    {
        var total = LaunchTotals.Of(report).Sum;
        string opcodes = string.Join(", ", report.CountersByOpcode().Where(c => c.Executions > 0).Take(8).Select(c => $"{c.OpcodeClass} {Number(c.Executions)}"));
        text.WriteLine($"counter             value");
        text.WriteLine($"warp instructions   {Number(report.Instructions)}{(opcodes.Length > 0 ? $" ({opcodes})" : "")}");
        if (total.Executions > 0) text.WriteLine($"active lanes        {LaunchTotals.Lanes(total)} of 32 on average");
        text.WriteLine($"global requests     {Number(total.GlobalRequests)}");
        if (total.GlobalRequests > 0) text.WriteLine($"  sectors           {Number(total.GlobalSectors)}, ideal {Number(total.IdealSectors)}: {LaunchTotals.Sectors(total)} x");
        text.WriteLine($"shared requests     {Number(total.SharedRequests)}");
        if (total.SharedRequests > 0) text.WriteLine($"  bank conflicts    {Number(total.BankConflicts)}");
    }

    private static void Annotated(TextWriter text, LaunchReport report, IReadOnlyList<string> lines)
    {
        text.WriteLine();
        text.WriteLine($"{"line",5} {"executed",11} {"lanes",5} {"sectors",9} {"x ideal",7} {"shared",9} {"conflicts",9}  source");
        foreach (var c in report.CountersBySourceLine().Where(c => c.Executions > 0 && c.SourceLine > 0 && c.SourceLine <= lines.Count))
        {
            text.WriteLine($"{c.SourceLine,5} {Number(c.Executions),11} {LaunchTotals.Lanes(c),5} {Some(c.GlobalSectors),9} {LaunchTotals.Sectors(c),7} {Some(c.SharedRequests),9} {Some(c.BankConflicts),9}  "
                + Fit(lines[c.SourceLine - 1].Trim(), MostLine));
        }
    }

    internal static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    internal static string Some(long value) => value == 0 ? "" : Number(value);

    private static string Fit(string line, int width) => line.Length <= width ? line : line[..(width - 1)] + "…";
}
