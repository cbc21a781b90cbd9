using PixelNet.Native.Evaluation;

namespace PixelNet.Native.Data.Reports;

/// <summary>The confusion matrix of the evaluated labels as inline SVG: each row is what became of a class, in percent of its pixels; right ones blue, wrong ones red, darker the more.</summary>
internal static class ConfusionHeatmap
{
    private const int Cell = 34, Names = 104, Overhang = 52;

    /// <summary>Draws it. The column of pixels that were predicted as an ignored label is drawn where there are any.</summary>
    public static Html Draw(SegmentationScores scores)
    {
        var ids = scores.Evaluated;
        var matrix = scores.EvaluatedConfusion();
        string[] names = [.. ids.Select(id => scores.Labels[id].Name)];
        bool anyIgnored = Enumerable.Range(0, names.Length).Any(row => matrix[row, names.Length] > 0);
        string[] columns = anyIgnored ? [.. names, "ignored"] : names;
        int width = Names + Cell * columns.Length + Overhang, height = Names + Cell * names.Length + 4;
        return Html.Of($"""
            <div class="wide"><svg class="heat" viewBox="0 0 {width} {height}" style="min-width:{Math.Min(width, 720)}px;max-width:{width * 5 / 4}px" role="img" aria-label="Confusion matrix: rows are the ground truth, columns the prediction, in percent of the row">
            <text class="corner" x="4" y="14">truth ↓ / predicted →</text>
            {columns.Select((name, j) => Html.Of($"""<text class="column" transform="translate({Names + Cell * j + Cell / 2 + 4} {Names - 6}) rotate(-55)">{name}</text>"""))}
            {names.Select((name, i) => Html.Of($"""<text class="row" x="{Names - 6}" y="{Names + Cell * i + Cell / 2 + 4}">{name}</text>{columns.Select((_, j) => CellOf(i, j))}"""))}
            </svg></div>
            """);

        Html CellOf(int i, int j)
        {
            double pixels = matrix[i, j], all = scores.Confusion.RowSum(ids[i]), share = all == 0 ? 0 : pixels / all;
            // The root makes one percent visible beside ninety.
            string strength = FormattableString.Invariant($"{Math.Sqrt(share):F2}");
            string kind = (i == j ? "right" : "wrong") + (share >= 0.35 ? " strong" : "");
            var number = share >= 0.005 ? Html.Of($"""<text x="{Names + Cell * j + Cell / 2}" y="{Names + Cell * i + Cell / 2 + 4}">{100 * share:F0}</text>""") : Html.Empty;
            return Html.Of($"""<g class="{kind}"><rect x="{Names + Cell * j}" y="{Names + Cell * i}" width="{Cell - 1}" height="{Cell - 1}" fill-opacity="{strength}"><title>{names[i]} predicted as {columns[j]}: {100 * share:F2} % ({pixels:N0} pixels)</title></rect>{number}</g>""");
        }
    }
}
