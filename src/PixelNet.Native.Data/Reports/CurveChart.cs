namespace PixelNet.Native.Data.Reports;

/// <summary>One line of a <see cref="CurveChart"/>.</summary>
/// <param name="Name">For the legend.</param>
/// <param name="Style">CSS class: <c>a</c> or <c>b</c>.</param>
/// <param name="Points">x ascending; y that is no number is left out.</param>
/// <param name="IsNoisy">Draw a smoothed line within the band of all values, in place of the points themselves.</param>
internal sealed record Curve(string Name, string Style, IReadOnlyList<(double X, double Y)> Points, bool IsNoisy = false);

/// <summary>Lines over steps as inline SVG. A million points are drawn as a hundred.</summary>
internal static class CurveChart
{
    private const int Width = 560, Height = 280, Left = 46, Right = 14, Top = 12, Bottom = 34;
    private const int MaxPoints = 120, SmoothedParts = 30;

    /// <summary>Draws the curves on common axes from 0.</summary>
    /// <param name="title">Read out in place of the picture.</param>
    /// <param name="curves">Those without a point are left out.</param>
    /// <param name="largestX">End of the x axis.</param>
    /// <param name="largestY">End of the y axis; null = by the values.</param>
    public static Html Draw(string title, IReadOnlyList<Curve> curves, double largestX, double? largestY = null)
    {
        curves = [.. curves.Select(curve => curve with { Points = [.. curve.Points.Where(point => double.IsFinite(point.Y))] }).Where(curve => curve.Points.Count > 0)];
        if (curves.Count == 0) return Html.Empty;
        double yEnd = largestY ?? Math.Max(curves.Max(curve => curve.Points.Max(point => point.Y)), 1e-9);
        double[] xTicks = Ticks(largestX), yTicks = Ticks(yEnd);
        if (largestY is null) yEnd = Math.Max(yEnd, yTicks[^1]);
        double X(double x) => Left + (Width - Left - Right) * x / largestX;
        double Y(double y) => Top + (Height - Top - Bottom) * (1 - Math.Min(y, yEnd) / yEnd);
        return Html.Of($"""
            <figure class="chart"><figcaption>{title}{curves.Select(curve => Html.Of($"""<span class="key {curve.Style}">{curve.Name}</span>"""))}</figcaption>
            <svg viewBox="0 0 {Width} {Height}" role="img" aria-label="{title}">
            {yTicks.Select(tick => Html.Of($"""<path class="grid" d="M{Left} {Y(tick):F1}H{Width - Right}"/><text class="y" x="{Left - 7}" y="{Y(tick) + 4:F1}">{tick:0.###}</text>"""))}
            {xTicks.Select(tick => Html.Of($"""<text class="x" x="{X(tick):F1}" y="{Height - Bottom + 18}">{tick:N0}</text>"""))}
            {curves.Select(curve => Line(curve, X, Y))}
            </svg></figure>
            """);
    }

    private static Html Line(Curve curve, Func<double, double> x, Func<double, double> y)
    {
        string Path(IEnumerable<(double X, double Y)> points) => string.Join('L', points.Select(point => FormattableString.Invariant($"{x(point.X):F1} {y(point.Y):F1}")));
        if (!curve.IsNoisy)
            return Html.Of($"""
                <path class="line {curve.Style}" d="M{Path(curve.Points)}"/>{curve.Points.Select(point => Html.Of($"""<circle class="dot {curve.Style}" cx="{x(point.X):F1}" cy="{y(point.Y):F1}" r="3.5"><title>step {point.X:N0}: {point.Y:F4}</title></circle>"""))}
                """);
        var bins = Bins(curve.Points);
        string band = Path([.. bins.Select(bin => (bin.X, bin.Max)), .. bins.Reverse().Select(bin => (bin.X, bin.Min))]);
        return Html.Of($"""<path class="band {curve.Style}" d="M{band}Z"/><path class="line {curve.Style}" d="M{Path(Smooth(bins))}"/>""");
    }

    private static Bin[] Bins(IReadOnlyList<(double X, double Y)> points) =>
        [.. points.Chunk((points.Count + MaxPoints - 1) / MaxPoints).Select(bin => new Bin(bin.Average(point => point.X), bin.Min(point => point.Y), bin.Average(point => point.Y), bin.Max(point => point.Y)))];

    // The mean over neighbours on both sides, fewer at the ends.
    private static IEnumerable<(double X, double Y)> Smooth(Bin[] bins)
    {
        int reach = bins.Length / SmoothedParts / 2 + (bins.Length > 20 ? 1 : 0);
        for (int i = 0; i < bins.Length; i++)
        {
            int near = Math.Min(reach, Math.Min(i, bins.Length - 1 - i));
            yield return (bins[i].X, bins.AsSpan(i - near, 2 * near + 1).ToArray().Average(bin => bin.Mean));
        }
    }

    // 4 to 8 round numbers from 0.
    private static double[] Ticks(double end)
    {
        double magnitude = Math.Pow(10, Math.Floor(Math.Log10(end))), step = new[] { 0.1, 0.2, 0.5, 1, 2 }.Select(part => part * magnitude).First(part => end / part <= 7.001);
        return [.. Enumerable.Range(0, (int)Math.Floor(end / step + 1e-9) + 1).Select(i => i * step)];
    }

    private readonly record struct Bin(double X, double Min, double Mean, double Max);
}
