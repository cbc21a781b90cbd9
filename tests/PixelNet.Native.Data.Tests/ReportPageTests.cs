using System.Xml.Linq;
using PixelNet.Native.Data.Imaging;
using PixelNet.Native.Data.Reports;
using PixelNet.Native.Data.Runs;
using PixelNet.Native.Evaluation;
using Xunit;

namespace PixelNet.Native.Data.Tests;

/// <summary>The report from its parts: every text is escaped, numbers that are none do no harm, the worst images are picked in any order.</summary>
public class ReportPageTests
{
    private const string Hostile = "</title><script>alert(\"1\")</script>&'";
    private static readonly LabelSet Labels = new("two", ["road", Hostile], [0x804080, 0x4682B4], [0, 1]) { VoidId = 2 };

    [Fact]
    public void No_text_becomes_markup()
    {
        var gallery = new ReportGallery(Labels);
        gallery.Add(Image(0, 1, wrong: 1) with { Key = Hostile });
        var content = new ReportContent
        {
            Title = Hostile,
            Subtitle = Hostile,
            Facts = [(Hostile, Hostile)],
            Log = [new RunLogRow(1, 2, 0.5, 0.1), new RunLogRow(2, 1, 0.5, 0.1, 0.5, 0.5)],
            Scores = Image(0, 1, wrong: 1).Scores(Labels),
            Gallery = gallery,
            Configuration = Hostile,
        };
        string text = ReportPage.ToText(content);
        Assert.DoesNotContain("<script", text, StringComparison.OrdinalIgnoreCase);
        var page = Parse(text);
        Assert.Equal(Hostile, page.Descendants("h1").Single().Value);
        Assert.Equal(Hostile, page.Descendants("pre").Single().Value);
    }

    [Fact]
    public void Nothing_to_show_and_numbers_that_are_none_do_no_harm()
    {
        Assert.Empty(Parse(ReportPage.ToText(new ReportContent { Title = "empty" })).Descendants("section"));
        var scores = new ClassAccumulator(Labels.ClassNames).Scores();
        Assert.True(double.IsNaN(scores.MeanIou));
        var page = Parse(ReportPage.ToText(new ReportContent
        {
            Title = "nothing scored",
            Scores = scores,
            Gallery = new ReportGallery(Labels),
            Log = [new RunLogRow(1, double.NaN, 0, 0), new RunLogRow(2, double.PositiveInfinity, 0, 0, double.NaN, double.NaN)],
        }));
        Assert.DoesNotContain("NaN", page.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("∞", page.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_log_is_drawn_as_a_short_line()
    {
        RunLogRow[] log = [.. Enumerable.Range(1, 100_000).Select(step => new RunLogRow(step, 3.0 / step, 0, 0))];
        Assert.True(ReportPage.ToText(new ReportContent { Title = "long", Log = log }).Length < 30_000);
    }

    [Fact]
    public void The_worst_images_are_the_same_in_any_order()
    {
        EvaluatedImage[] images = [.. Enumerable.Range(0, 40).Select(i => Image(i, 40, wrong: i * 7 % 13))];
        var expected = images.OrderByDescending(image => image.Order * 7 % 13).ThenBy(image => image.Order).Take(8).Select(image => image.Key).ToArray();
        var random = new Random(1);
        for (int round = 0; round < 5; round++)
        {
            var gallery = new ReportGallery(Labels);
            foreach (var image in images.OrderBy(_ => random.Next())) gallery.Add(image);
            Assert.Equal(expected, gallery.Worst.Select(picture => picture.Key));
            Assert.Equal(["image 0", "image 10", "image 20", "image 30"], gallery.Fixed.Select(picture => picture.Key));
        }
    }

    [Fact]
    public void The_error_map_is_red_where_wrong_and_black_where_not_evaluated()
    {
        var image = Image(0, 1, wrong: 5);
        image.Truth.Labels[15] = LabelSet.Ignored;
        var picture = ReportPicture.Make(image, image.Scores(Labels), Labels);
        var map = PngReader.ReadRgb(picture.Errors, "errors");
        for (int p = 0; p < 16; p++)
        {
            var color = (map.Pixels[3 * p], map.Pixels[3 * p + 1], map.Pixels[3 * p + 2]);
            if (p < 5) Assert.Equal((0xE0, 0x00, 0x30), color);
            else if (p == 15) Assert.Equal((0, 0, 0), color);
            else Assert.True(color.Item1 == color.Item2 && color.Item2 == color.Item3 && color.Item1 > 0);
        }
        Assert.Equal(5.0 / 15, picture.Wrong, 12);
    }

    // 4 x 4 pixels of road, of which some are predicted as the other class.
    private static EvaluatedImage Image(int order, int of, int wrong) => new(order, of, $"image {order}", () => new RgbImage(4, 4, [.. Enumerable.Repeat((byte)200, 48)]),
        new LabelMap<byte>(4, 4, [.. Enumerable.Range(0, 16).Select(p => (byte)(p < wrong ? 1 : 0))]), new LabelMap<byte>(4, 4, new byte[16]));

    private static XElement Parse(string text) => XElement.Parse(text["<!DOCTYPE html>".Length..]);
}
