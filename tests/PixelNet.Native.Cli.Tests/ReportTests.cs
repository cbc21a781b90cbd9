using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace PixelNet.Native.Cli.Tests;

/// <summary><c>report.html</c> as <c>train</c> and <c>evaluate</c> leave it: well-formed, complete, and in need of nothing else.</summary>
public partial class ReportTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    [Fact]
    public void The_report_of_a_run_shows_curves_classes_confusions_and_pictures_and_needs_nothing_else()
    {
        var page = Parse(Path.Combine(tiny.Trained, "report.html"));
        string[] headings = [.. page.Descendants("h2").Select(heading => heading.Value)];
        Assert.Equal(["Training", "Classes", "Confusion matrix", "Fixed images", "Worst images first"], headings);
        Assert.Equal(3, page.Descendants("circle").Count(dot => dot.Attribute("class")!.Value == "dot a"));
        Assert.Equal(19 * 19, page.Descendants("rect").Count());
        Assert.Contains(page.Descendants("td"), cell => cell.Value == "traffic light");
        Assert.Contains("schedule", page.Descendants("pre").Single().Value, StringComparison.Ordinal);
        // Three images are validated: all are fixed ones (3 pictures), and none of a net this young is without errors (4 pictures).
        Assert.Equal(3 * 3 + 3 * 4, page.Descendants("img").Count());
        double[] wrong = [.. page.Descendants("figure").Where(figure => figure.Elements("div").Any(div => div.Attribute("class")!.Value == "four")).Select(figure => double.Parse(Share().Match(figure.Element("figcaption")!.Value).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture))];
        Assert.Equal(3, wrong.Length);
        Assert.Equal(wrong.OrderDescending(), wrong);
    }

    [Fact]
    public void A_run_without_validation_has_its_loss_curve()
    {
        string folder = tiny.Train("unvalidated", 4, "--val-split", "none");
        var page = Parse(Path.Combine(folder, "report.html"));
        Assert.Equal(["Training"], page.Descendants("h2").Select(heading => heading.Value));
        Assert.Single(page.Descendants("svg"));
    }

    [Fact]
    public void The_report_on_predictions_finds_the_pictures_beside_the_ground_truth()
    {
        string truth = Path.Combine(tiny.Data, "gtFine", "val"), predictions = tiny.NewPath("predictions"), file = tiny.NewPath("folders.html");
        Directory.CreateDirectory(predictions);
        foreach (string path in Directory.EnumerateFiles(truth, "*_labelIds.png", SearchOption.AllDirectories)) File.Copy(path, Path.Combine(predictions, Path.GetFileName(path)));
        var (exit, output, errors) = PixelnetProcess.Run("evaluate", "--predictions", predictions, "--ground-truth", truth, "--report", file);
        Assert.True(exit == 0, output + errors);
        var page = Parse(file);
        // The ground truth itself has no errors, so there are no worst images.
        Assert.Equal(["Classes", "Confusion matrix", "Fixed images"], page.Descendants("h2").Select(heading => heading.Value));
        Assert.Equal(3 * 3, page.Descendants("img").Count());
    }

    // XML is stricter than HTML: what parses here is nested and escaped right.
    private static XElement Parse(string file)
    {
        string text = File.ReadAllText(file);
        Assert.StartsWith("<!DOCTYPE html>", text, StringComparison.Ordinal);
        Assert.True(text.Length < 3 << 20);
        var page = XElement.Parse(text["<!DOCTYPE html>".Length..]);
        Assert.Empty(page.Descendants("script"));
        Assert.Empty(page.Descendants("link"));
        Assert.DoesNotContain("url(", page.Descendants("style").Single().Value, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", page.Descendants("style").Single().Value, StringComparison.Ordinal);
        foreach (var attribute in page.Descendants().Attributes().Where(attribute => attribute.Name.LocalName is "src" or "href" or "srcset" or "data"))
            Assert.StartsWith("data:image/png;base64,iVBORw0KGgo", attribute.Value, StringComparison.Ordinal);
        return page;
    }

    [GeneratedRegex("([0-9.]+) % of its pixels wrong")]
    private static partial Regex Share();
}
