using PixelNet.Native.Data;
using PixelNet.Native.Ptx;

namespace PixelNet.Native.Cli.Emulation;

/// <summary>Where the outcome of a launch goes: text or a page for people, JSON for scripts.</summary>
/// <param name="IsHtml">A page instead of text.</param>
/// <param name="Page">The page's file; null: named after the kernel.</param>
/// <param name="Json">JSON file; - = standard output, for the JSON alone; null: none.</param>
internal sealed record EmulationOutput(bool IsHtml, string? Page, string? Json)
{
    /// <summary>Writes it.</summary>
    /// <param name="report">The launch.</param>
    /// <param name="about">Lines that say what ran, and how.</param>
    /// <param name="source">File that findings refer to.</param>
    /// <param name="lines">Its lines, if it is the <c>.cu</c>.</param>
    public void Write(LaunchReport report, IReadOnlyList<string> about, string source, IReadOnlyList<string>? lines)
    {
        string json = EmulationJson.ToText(report);
        if (Json == "-") Console.Out.Write(json);
        else if (Json is not null) AtomicFile.WriteText(Json, json);
        if (IsHtml)
        {
            string page = Page ?? $"{report.Kernel}.html";
            AtomicFile.WriteText(page, EmulationHtml.ToText(report, about, source, lines));
            if (Json != "-") Console.WriteLine($"{report.Kernel}: {(report.IsClean ? "clean" : $"{report.Findings.Count} findings")}; report written to {page}");
        }
        else if (Json != "-") EmulationText.Write(Console.Out, report, about, source, lines);
    }
}
