using PixelNet.Native.Evaluation;

namespace PixelNet.Native.Data.Reports;

/// <summary>Scores by class and by category as tables with bars.</summary>
internal static class ClassTable
{
    /// <summary>One row a class, in train-id order: IoU, instance-weighted IoU where there is one, accuracy (recall), precision, share of the valid pixels.</summary>
    public static Html Classes(SegmentationScores scores, LabelSet labels)
    {
        var ids = scores.Evaluated;
        double valid = ids.Sum(id => scores.Confusion.RowSum(id));
        return Html.Of($"""
            <div class="wide"><table><thead><tr><th>class</th><th class="bars">IoU</th>{Column(scores.HasInstances, "iIoU")}<th>accuracy</th><th>precision</th><th>pixels</th></tr></thead><tbody>
            {ids.Select((id, trainId) => Row(id, labels.Colors[trainId]))}
            <tr class="mean"><td>mean</td>{Bar(scores.MeanIou)}{(scores.HasInstances ? Number(scores.MeanInstanceIou) : Html.Empty)}{Number(scores.MeanAccuracy)}<td></td><td></td></tr>
            </tbody></table></div>
            """);

        Html Row(int id, int color)
        {
            double hits = scores.Confusion[id, id], truth = scores.Confusion.RowSum(id), predicted = scores.Confusion.Sum(ids, [id]);
            return Html.Of($"""
                <tr><td><i style="background:#{color:X6}"></i>{scores.Labels[id].Name}</td>{Bar(scores.ClassIou[id])}{(scores.HasInstances ? Number(scores.ClassInstanceIou[id]) : Html.Empty)}{Number(hits / truth)}{Number(hits / predicted)}{(valid > 0 ? Html.Of($"<td>{100 * truth / valid:F2} %</td>") : Number(double.NaN))}</tr>
                """);
        }
    }

    /// <summary>One row a category that has evaluated labels; nothing where the data set has no categories.</summary>
    public static Html Categories(SegmentationScores scores)
    {
        if (scores.Categories.Count == 0) return Html.Empty;
        var ids = scores.Evaluated;
        var shown = Enumerable.Range(0, scores.Categories.Count).Where(c => ids.Any(id => scores.Labels[id].Category == scores.Categories[c]));
        return Html.Of($"""
            <div class="wide"><table><thead><tr><th>category</th><th class="bars">IoU</th>{Column(scores.HasInstances, "iIoU")}</tr></thead><tbody>
            {shown.Select(c => Html.Of($"""<tr><td>{scores.Categories[c]}</td>{Bar(scores.CategoryIou[c])}{(scores.HasInstances ? Number(scores.CategoryInstanceIou[c]) : Html.Empty)}</tr>"""))}
            <tr class="mean"><td>mean</td>{Bar(scores.MeanCategoryIou)}{(scores.HasInstances ? Number(scores.MeanCategoryInstanceIou) : Html.Empty)}</tr>
            </tbody></table></div>
            """);
    }

    private static Html Column(bool isShown, string name) => isShown ? Html.Of($"<th>{name}</th>") : Html.Empty;

    private static Html Number(double value) => double.IsFinite(value) ? Html.Of($"<td>{value:F3}</td>") : Html.Of($"""<td class="none">–</td>""");

    private static Html Bar(double value) => double.IsFinite(value)
        ? Html.Of($"""<td class="bars"><span><b style="width:{100 * value:F1}%"></b></span>{value:F3}</td>""")
        : Html.Of($"""<td class="bars none"><span></span>–</td>""");
}
