using PixelNet.Native.Evaluation;

namespace PixelNet.Native.Data.Reports;

/// <summary>
/// <c>report.html</c>: one file that needs nothing else, neither network nor script. Scores, curves, classes, confusions, fixed images, the worst images first, configuration;
/// what a run or an evaluation does not have is left out.
/// </summary>
public static class ReportPage
{
    /// <summary>Writes the page.</summary>
    /// <exception cref="PixelNetException">The file cannot be written; an older one is unharmed.</exception>
    public static void Write(string path, ReportContent content) => AtomicFile.WriteText(path, ToText(content));

    /// <summary>The page as text.</summary>
    public static string ToText(ReportContent content) => Html.Of($"""
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/>
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"/>
        <meta name="color-scheme" content="light dark"/><title>{content.Title}</title>
        {Html.Style(StyleSheet())}</head><body><main>
        <header><h1>{content.Title}</h1><p>{content.Subtitle}</p></header>
        {Tiles(content)}
        {Curves(content)}
        {(content.Scores is { } scores ? Scores(scores, content.Gallery?.Labels) : Html.Empty)}
        {(content.Gallery is { } gallery ? Pictures(gallery) : Html.Empty)}
        {(content.Configuration.Length == 0 ? Html.Empty : Html.Of($"""<section><details><summary>Configuration</summary><pre>{content.Configuration}</pre></details></section>"""))}
        <footer>Made by PixelNet.Native {typeof(ReportPage).Assembly.GetName().Version?.ToString(3)}. Scores follow the rules of the official Cityscapes evaluation: one confusion matrix over all images, pixels without a class left out.</footer>
        </main></body></html>

        """).ToString().ReplaceLineEndings("\n");

    private static Html Tiles(ReportContent content)
    {
        var tiles = new List<(string Name, string Value)>();
        if (content.Scores is { } scores)
        {
            tiles.AddRange([("mIoU", Number(scores.MeanIou)), ("pixel accuracy", Number(scores.PixelAccuracy)), ("mean accuracy", Number(scores.MeanAccuracy)), ("frequency-weighted IoU", Number(scores.FrequencyWeightedIou))]);
            if (scores.Categories.Count > 0) tiles.Add(("category IoU", Number(scores.MeanCategoryIou)));
            if (scores.HasInstances) tiles.Add(("iIoU", Number(scores.MeanInstanceIou)));
        }
        tiles.AddRange(content.Facts);
        return tiles.Count == 0 ? Html.Empty : Html.Of($"""
            <dl class="tiles">{tiles.Select((tile, i) => Html.Of($"""<div{(i == 0 ? Html.Of($""" class="first" """) : Html.Empty)}><dt>{tile.Name}</dt><dd>{tile.Value}</dd></div>"""))}</dl>
            """);
    }

    private static Html Curves(ReportContent content)
    {
        if (content.Log.Count == 0) return Html.Empty;
        double end = content.Log[^1].Step;
        var validated = content.Log.Where(row => row.ValMeanIou is not null).ToList();
        return Html.Of($"""
            <section><h2>Training</h2><div class="charts">
            {CurveChart.Draw("Loss by step", [new Curve("training loss", "a", [.. content.Log.Select(row => ((double)row.Step, row.Loss))], IsNoisy: true)], end)}
            {CurveChart.Draw("Validation by step", [
                new Curve("mIoU", "a", [.. validated.Select(row => ((double)row.Step, row.ValMeanIou!.Value))]),
                new Curve("pixel accuracy", "b", [.. validated.Select(row => ((double)row.Step, row.ValPixelAccuracy ?? double.NaN))])], end, 1)}
            </div></section>
            """);
    }

    private static Html Scores(SegmentationScores scores, LabelSet? labels) => Html.Of($"""
        {(labels is null ? Html.Empty : Html.Of($"""<section><h2>Classes</h2>{ClassTable.Classes(scores, labels)}{ClassTable.Categories(scores)}</section>"""))}
        <section><h2>Confusion matrix</h2><p class="hint">Each row shows what became of the pixels of a class, in percent: blue is right, red is wrong. Hover over a cell for its pixels.</p>
        {ConfusionHeatmap.Draw(scores)}
        <h3>Most frequent confusions</h3><ol class="most">{Confusion.Most(scores, 8).Select(c => Html.Of($"""<li>{c.Truth} → {c.Predicted} <span>{100 * c.Share:F2} % of all pixels</span></li>"""))}</ol></section>
        """);

    private static Html Pictures(ReportGallery gallery) => Html.Of($"""
        <section><h2>Fixed images</h2><p class="hint">Spread evenly over the evaluated images; the same ones in every report of the split.</p>{PictureSection.Legend(gallery.Labels)}{PictureSection.Draw(gallery.Fixed, withErrors: false)}</section>
        {(gallery.Worst.Count == 0 ? Html.Empty : Html.Of($"""
        <section><h2>Worst images first</h2><p class="hint">By their share of wrong pixels; these are red in the error maps. With each image, what was taken for what most often.</p>{PictureSection.Draw(gallery.Worst, withErrors: true)}</section>
        """))}
        """);

    private static string Number(double value) => double.IsFinite(value) ? FormattableString.Invariant($"{value:F3}") : "–";

    private static string StyleSheet()
    {
        using var stream = typeof(ReportPage).Assembly.GetManifestResourceStream("report.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
