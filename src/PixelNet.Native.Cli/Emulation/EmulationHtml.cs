using System.Globalization;
using System.Net;
using System.Text;
using PixelNet.Native.Ptx;
using PixelNet.Native.Ptx.Tracing;

namespace PixelNet.Native.Cli.Emulation;

/// <summary>The outcome of a launch as one self-contained page: verdict, findings, counters, and the whole source with what each line cost.</summary>
internal static class EmulationHtml
{
    private const string Style = """
        body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:1200px;padding:0 1rem;color:#1b1f24;background:#fff}
        h1{font-size:1.4rem;margin:0 0 .2rem}h2{font-size:1.05rem;margin:2rem 0 .5rem}.about{color:#57606a;margin:0}
        .verdict{display:inline-block;margin:1rem 0;padding:.35rem .8rem;border-radius:.4rem;font-weight:600}.clean{background:#dafbe1;color:#116329}.bad{background:#ffebe9;color:#a40e26}
        .cards{display:flex;flex-wrap:wrap;gap:.6rem}.card{border:1px solid #d0d7de;border-radius:.4rem;padding:.5rem .8rem;min-width:8rem}.card b{display:block;font-size:1.15rem}.card span{color:#57606a;font-size:.85rem}
        .finding{border-left:4px solid #cf222e;padding:.2rem .8rem;margin:.6rem 0;background:#fff8f7}.finding code{display:block}
        table{border-collapse:collapse;width:100%}th{text-align:right;font-weight:600;font-size:.8rem;color:#57606a;padding:.2rem .5rem;border-bottom:1px solid #d0d7de;position:sticky;top:0;background:#fff}
        th.source{text-align:left}td{font:12.5px/1.5 ui-monospace,monospace;padding:0 .5rem;text-align:right;white-space:nowrap}td.source{text-align:left;white-space:pre}
        td.heat{position:relative}td.heat i{position:absolute;right:0;top:0;bottom:0;background:#54aeff55}tr.idle td{color:#8c959f}tr.bad td{background:#ffebe9}td.waste{color:#a40e26;font-weight:600}
        """;

    /// <summary>The page.</summary>
    /// <param name="report">The launch.</param>
    /// <param name="about">Lines that say what ran, and how.</param>
    /// <param name="source">File that findings refer to.</param>
    /// <param name="lines">Its lines, if it is the <c>.cu</c>.</param>
    public static string ToText(LaunchReport report, IReadOnlyList<string> about, string source, IReadOnlyList<string>? lines)
    {
        var html = new StringBuilder();
        html.Append(CultureInfo.InvariantCulture, $"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{Text(report.Kernel)}</title><style>\n{Style}\n</style></head><body>\n<h1>{Text(report.Kernel)}</h1>\n");
        foreach (string line in about) html.Append(CultureInfo.InvariantCulture, $"<p class=\"about\">{Text(line)}</p>\n");
        html.Append(report.IsClean ? "<p class=\"verdict clean\">clean: no finding of any observer</p>\n" : string.Create(CultureInfo.InvariantCulture, $"<p class=\"verdict bad\">{report.Findings.Count} findings</p>\n"));
        foreach (var finding in report.Findings) Append(html, finding, source, lines);
        Cards(html, report);
        if (lines is not null) Source(html, report, lines);
        html.Append("<h2>Instructions</h2>\n<table><tr><th class=\"source\">opcode</th><th>executed</th><th>active lanes of 32</th></tr>\n");
        foreach (var c in report.CountersByOpcode().Where(c => c.Executions > 0))
            html.Append(CultureInfo.InvariantCulture, $"<tr><td class=\"source\">{Text(c.OpcodeClass)}</td><td>{EmulationText.Number(c.Executions)}</td><td>{LaunchTotals.Lanes(c)}</td></tr>\n");
        return html.Append("</table>\n</body></html>\n").ToString();
    }

    private static void Append(StringBuilder html, Finding finding, string source, IReadOnlyList<string>? lines)
    {
        string place = finding.SourceLine > 0 ? $"{source}:{finding.SourceLine} (PTX line {finding.Line})" : $"PTX line {finding.Line}";
        html.Append(CultureInfo.InvariantCulture, $"<div class=\"finding\"><b>{finding.KindName}</b> at {Text(place)}");
        if (lines is not null && finding.SourceLine > 0 && finding.SourceLine <= lines.Count) html.Append(CultureInfo.InvariantCulture, $"<code>{Text(lines[finding.SourceLine - 1].Trim())}</code>");
        html.Append(CultureInfo.InvariantCulture, $"{Text(finding.Message)}");
        if (finding.Threads.Count > 0) html.Append(CultureInfo.InvariantCulture, $"<br>{EmulationText.Number(finding.Occurrences)} times: thread {EmulationText.Places(finding.Threads)} of block {EmulationText.Places(finding.Blocks)}");
        html.Append("</div>\n");
    }

    private static void Cards(StringBuilder html, LaunchReport report)
    {
        var total = LaunchTotals.Of(report).Sum;
        html.Append("<h2>Counters</h2>\n<div class=\"cards\">\n");
        Card("warp instructions", EmulationText.Number(report.Instructions));
        Card("active lanes of 32", LaunchTotals.Lanes(total));
        Card("global requests", EmulationText.Number(total.GlobalRequests));
        Card("32-byte sectors", EmulationText.Number(total.GlobalSectors));
        Card("x the ideal sectors", LaunchTotals.Sectors(total));
        Card("shared requests", EmulationText.Number(total.SharedRequests));
        Card("bank conflicts", EmulationText.Number(total.BankConflicts));
        html.Append("</div>\n");

        void Card(string name, string value)
        {
            if (value.Length > 0) html.Append(CultureInfo.InvariantCulture, $"<div class=\"card\"><b>{value}</b><span>{name}</span></div>\n");
        }
    }

    private static void Source(StringBuilder html, LaunchReport report, IReadOnlyList<string> lines)
    {
        var byLine = report.CountersBySourceLine().Where(c => c.SourceLine > 0).ToDictionary(c => c.SourceLine);
        var found = report.Findings.Select(f => f.SourceLine).ToHashSet();
        long most = Math.Max(1, byLine.Values.Select(c => c.Executions).DefaultIfEmpty(1).Max());
        html.Append("<h2>Source</h2>\n<table><tr><th>line</th><th>executed</th><th>lanes</th><th>sectors</th><th>x ideal</th><th>shared</th><th>conflicts</th><th class=\"source\">source</th></tr>\n");
        for (int line = 1; line <= lines.Count; line++)
        {
            bool ran = byLine.TryGetValue(line, out var c) && c!.Executions > 0;
            string mark = found.Contains(line) ? " class=\"bad\"" : ran ? "" : " class=\"idle\"";
            html.Append(CultureInfo.InvariantCulture, $"<tr{mark}><td>{line}</td>");
            if (!ran) html.Append("<td></td><td></td><td></td><td></td><td></td><td></td>");
            else
            {
                html.Append(CultureInfo.InvariantCulture, $"<td class=\"heat\"><i style=\"width:{100.0 * c!.Executions / most:F1}%\"></i>{EmulationText.Number(c.Executions)}</td><td>{LaunchTotals.Lanes(c)}</td><td>{EmulationText.Some(c.GlobalSectors)}</td>");
                html.Append(CultureInfo.InvariantCulture, $"<td{(c.GlobalSectors > 1.5 * c.IdealSectors ? " class=\"waste\"" : "")}>{LaunchTotals.Sectors(c)}</td><td>{EmulationText.Some(c.SharedRequests)}</td><td{(c.BankConflicts > 0 ? " class=\"waste\"" : "")}>{EmulationText.Some(c.BankConflicts)}</td>");
            }
            html.Append(CultureInfo.InvariantCulture, $"<td class=\"source\">{Text(lines[line - 1])}</td></tr>\n");
        }
        html.Append("</table>\n");
    }

    private static string Text(string plain) => WebUtility.HtmlEncode(plain);
}
