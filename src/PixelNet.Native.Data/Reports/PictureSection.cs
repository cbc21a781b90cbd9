namespace PixelNet.Native.Data.Reports;

/// <summary>Images beside what was predicted, what is true and, on request, where the two differ.</summary>
internal static class PictureSection
{
    /// <summary>Rows of pictures, each with its caption.</summary>
    /// <param name="pictures">In the order they are shown.</param>
    /// <param name="withErrors">Whether the error map is shown too.</param>
    public static Html Draw(IReadOnlyList<ReportPicture> pictures, bool withErrors) => Html.Of($"{pictures.Select(picture => Row(picture, withErrors))}");

    /// <summary>The colours of the classes.</summary>
    public static Html Legend(LabelSet labels) => Html.Of($"""
        <p class="legend">{labels.ClassNames.Select((name, c) => Html.Of($"""<span><i style="background:#{labels.Colors[c]:X6}"></i>{name}</span>"""))}<span><i style="background:#000000"></i>not evaluated</span></p>
        """);

    private static Html Row(ReportPicture picture, bool withErrors) => Html.Of($"""
        <figure class="pictures"><figcaption><b>{picture.Key}</b> {Percent(picture.Wrong)} of its pixels wrong, mIoU {(double.IsFinite(picture.MeanIou) ? $"{picture.MeanIou:F2}" : "–")}{Confusions(picture)}</figcaption>
        <div class="{(withErrors ? "four" : "three")}">{Image(picture.Input, "input")}{Image(picture.Prediction, "prediction")}{Image(picture.Truth, "ground truth")}{(withErrors ? Image(picture.Errors, "errors") : Html.Empty)}</div></figure>
        """);

    private static Html Confusions(ReportPicture picture) => picture.Confusions.Count == 0 ? Html.Empty
        : Html.Of($"""<span class="confusions">{picture.Confusions.Select(c => Html.Of($"""<span>{c.Truth} → {c.Predicted} {Percent(c.Share)}</span>"""))}</span>""");

    private static Html Image(byte[]? png, string what) => png is null ? Html.Empty
        : Html.Of($"""<figure><img src="data:image/png;base64,{Convert.ToBase64String(png)}" alt="{what}"/><figcaption>{what}</figcaption></figure>""");

    private static string Percent(double share) => double.IsFinite(share) ? FormattableString.Invariant($"{100 * share:F1} %") : "–";
}
