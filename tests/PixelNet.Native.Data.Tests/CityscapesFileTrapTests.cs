using System.Text.Json;
using PixelNet.Native.Data.Cityscapes;
using PixelNet.Native.Data.Imaging;
using PixelNet.Native.Data.Reports;
using Xunit;

namespace PixelNet.Native.Data.Tests;

/// <summary>Where the evaluation of Cityscapes files usually goes wrong: the traps of docs/cityscapes.md that are about files. The others: <see cref="CityscapesScoreTrapTests"/>.</summary>
public sealed class CityscapesFileTrapTests : IDisposable
{
    private const string Key = "ulm_000001_042571";
    private const int Width = CityscapesFrames.Width, Height = CityscapesFrames.Height;
    private readonly CityscapesFrames _frames = new CityscapesFrames().Add(Key);

    public void Dispose() => _frames.Dispose();

    [Fact]
    public void A_perfect_prediction_scores_1()
    {
        // Road and car occur: each 1, and so do the means.
        var scores = _frames.Evaluate();
        Assert.Equal((1, 1, 1, 1), (scores.MeanIou, scores.MeanInstanceIou, scores.MeanCategoryIou, scores.MeanCategoryInstanceIou));
        Assert.Equal((Width * Height - 2, 2), (scores.Confusion[7, 7], scores.Confusion[26, 26]));
    }

    [Fact]
    public void T11_the_license_plate_is_no_stored_label_and_255_is_an_error()
    {
        Assert.Equal(34, CityscapesScoring.Labels.Count);
        Assert.DoesNotContain(CityscapesScoring.Labels, label => label.Name == "license plate");
        PngWriter.WriteGrey8(_frames.LabelPath(Key), With(255, at: 8));
        AssertFailure(_frames.LabelPath(Key), "255", "(x 2, y 1)");
    }

    [Theory]
    [InlineData(34)]
    [InlineData(255)]
    public void T12_a_prediction_above_33_is_an_error_even_on_void(byte id)
    {
        PngWriter.WriteGrey8(_frames.LabelPath(Key), With(0, at: 8));
        PngWriter.WriteGrey8(_frames.PredictionPath(Key), With(id, at: 8));
        AssertFailure(_frames.PredictionPath(Key), $"the id {id}", "(x 2, y 1)", "0 to 33");
    }

    [Fact]
    public void T13_the_result_is_valid_json_with_null_for_undefined_scores()
    {
        using var json = JsonDocument.Parse(ScoresJson.ToText(_frames.Evaluate()));
        var root = json.RootElement;
        Assert.Equal(1, root.GetProperty("classScores").GetProperty("car").GetDouble());
        Assert.Equal(JsonValueKind.Null, root.GetProperty("classScores").GetProperty("traffic light").ValueKind);
        Assert.Equal(34, root.GetProperty("classScores").EnumerateObject().Count());
        Assert.Equal(34, root.GetProperty("classInstScores").EnumerateObject().Count());
        Assert.Equal(8, root.GetProperty("categoryScores").EnumerateObject().Count());
        Assert.Equal(JsonValueKind.Null, root.GetProperty("categoryInstScores").GetProperty("flat").ValueKind);
        Assert.Equal(34, root.GetProperty("confMatrix").GetArrayLength());
        Assert.All(root.GetProperty("confMatrix").EnumerateArray(), row => Assert.Equal(34, row.GetArrayLength()));
        Assert.Equal(2, root.GetProperty("confMatrix")[26][26].GetInt64());
        Assert.Equal(19, root.GetProperty("evaluatedConfMatrix").GetArrayLength());
        Assert.Equal(2, root.GetProperty("evaluatedConfMatrix")[13][13].GetInt64());
        Assert.Equal(2.0 / (Width * Height), root.GetProperty("priors").GetProperty("car").GetDouble());
        foreach (string key in new[] { "averageScoreClasses", "averageScoreInstClasses", "averageScoreCategories", "averageScoreInstCategories", "frequencyWeightedIoU", "pixelAccuracy", "meanAccuracy" })
            Assert.Equal(1, root.GetProperty(key).GetDouble());
    }

    [Fact]
    public void T13_with_nothing_but_void_every_score_is_null()
    {
        PngWriter.WriteGrey8(_frames.LabelPath(Key), new LabelMap<byte>(Width, Height, new byte[Width * Height]));
        PngWriter.WriteGrey16(_frames.InstancePath(Key), new LabelMap<ushort>(Width, Height, new ushort[Width * Height]));
        using var json = JsonDocument.Parse(ScoresJson.ToText(_frames.Evaluate()));
        foreach (string key in new[] { "averageScoreClasses", "averageScoreInstClasses", "averageScoreCategories", "averageScoreInstCategories", "frequencyWeightedIoU", "pixelAccuracy", "meanAccuracy" })
            Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty(key).ValueKind);
        Assert.Equal(1, json.RootElement.GetProperty("priors").GetProperty("unlabeled").GetDouble());
    }

    [Fact]
    public void T15_the_prediction_may_have_any_suffix_and_lie_in_any_subfolder()
    {
        File.Move(_frames.PredictionPath(Key), _frames.PredictionPath(Key, "_leftImg8bit_pred", Path.Combine("epoch 7", "ulm")));
        PngWriter.WriteGrey8(_frames.PredictionPath("ulm_000001_042572"), CityscapesFrames.Ids());
        File.WriteAllText(_frames.PredictionPath(Key) + ".txt", "not a prediction");
        Assert.Equal(1, _frames.Evaluate().MeanIou);
    }

    [Fact]
    public void T15_two_predictions_of_one_frame_are_an_error()
    {
        PngWriter.WriteRgb(_frames.PredictionPath(Key, "_color", "colours"), TinyCityscapes.Picture(Width, Height, 1));
        AssertFailure("several predictions", _frames.PredictionPath(Key), $"{Key}_color.png");
    }

    [Fact]
    public void T15_links_are_followed_to_ground_truth_but_not_among_predictions()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        Directory.CreateSymbolicLink(Path.Combine(_frames.Predictions, "latest"), _frames.Predictions);
        string moved = _frames.Truth + "-elsewhere";
        Directory.Move(Path.Combine(_frames.Truth, "ulm"), moved);
        Directory.CreateSymbolicLink(Path.Combine(_frames.Truth, "ulm"), moved);
        Assert.Equal(1, _frames.Evaluate().MeanIou);
        // A link that leads back ends in a sentence.
        Directory.CreateSymbolicLink(Path.Combine(_frames.Truth, "loop"), _frames.Truth);
        AssertFailure("are ground truth of one frame", Key);
    }

    [Fact]
    public void T15_no_prediction_is_an_error()
    {
        _frames.Add("ulm_000001_042573");
        File.Delete(_frames.PredictionPath(Key));
        File.Delete(_frames.PredictionPath("ulm_000001_042573"));
        PngWriter.WriteGrey8(_frames.PredictionPath("ulm_000001_0425"), CityscapesFrames.Ids());
        AssertFailure("has no prediction", $"{Key}*.png", "2 of 2");
    }

    [Fact]
    public void T16_ground_truth_that_is_not_there_is_an_error()
    {
        File.Move(_frames.LabelPath(Key), _frames.LabelPath(Key).Replace("gtFine", "gtCoarse", StringComparison.Ordinal));
        AssertFailure("holds no ground truth", "*_gtFine_labelIds.png");
        Directory.Delete(_frames.Truth, recursive: true);
        AssertFailure("does not exist", _frames.Truth);
    }

    [Theory]
    [InlineData(Width + 1, Height)]
    [InlineData(Width, Height - 1)]
    [InlineData(Height, Width)]
    public void T17_another_size_than_the_ground_truth_is_an_error(int width, int height)
    {
        PngWriter.WriteGrey8(_frames.PredictionPath(Key), CityscapesFrames.Ids(width, height));
        AssertFailure(_frames.PredictionPath(Key), $"{width} x {height}", $"{Width} x {Height}");
    }

    [Fact]
    public void T17_an_instance_map_of_another_size_is_an_error()
    {
        PngWriter.WriteGrey16(_frames.InstancePath(Key), new LabelMap<ushort>(1, 1, [7]));
        AssertFailure(_frames.InstancePath(Key), "1 x 1");
    }

    [Theory]
    [InlineData(PngColorType.Rgb, "RGB picture")]
    [InlineData(PngColorType.Rgba, "RGBA picture")]
    [InlineData(PngColorType.GreyAlpha, "grey-and-alpha picture")]
    public void T17_several_channels_are_refused(PngColorType kind, string words)
    {
        int channels = kind == PngColorType.GreyAlpha ? 2 : kind == PngColorType.Rgb ? 3 : 4;
        File.WriteAllBytes(_frames.PredictionPath(Key), TestPng.Encode(Width, Height, 8, kind, new ushort[Width * Height * channels]));
        AssertFailure(_frames.PredictionPath(Key), words, "one channel");
    }

    [Fact]
    public void T17_the_indices_of_a_palette_are_ids_of_any_depth()
    {
        PngWriter.WritePalette(_frames.PredictionPath(Key), CityscapesFrames.Ids(), [.. Enumerable.Range(0, 34).Select(id => 0x123456 * id & 0xFFFFFF)]);
        Assert.Equal(1, _frames.Evaluate().MeanIou);
        // 4 bits: road as it is, the car as class 8, sidewalk.
        File.WriteAllBytes(_frames.PredictionPath(Key), TestPng.Encode(Width, Height, 4, PngColorType.Palette, [.. CityscapesFrames.Ids().Labels.Select(id => (ushort)(id == 26 ? 8 : id))], palette: new byte[48]));
        Assert.Equal(2, _frames.Evaluate().Confusion[26, 8]);
    }

    [Fact]
    public void T17_16_bit_grey_is_accepted_and_grey_of_fewer_than_8_bits_is_not()
    {
        PngWriter.WriteGrey16(_frames.PredictionPath(Key), new LabelMap<ushort>(Width, Height, [.. CityscapesFrames.Ids().Labels.Select(id => (ushort)id)]));
        Assert.Equal(1, _frames.Evaluate().MeanIou);
        PngWriter.WriteGrey16(_frames.PredictionPath(Key), new LabelMap<ushort>(Width, Height, [.. CityscapesFrames.Ids().Labels.Select(id => (ushort)(256 + id))]));
        AssertFailure(_frames.PredictionPath(Key), "263");
        File.WriteAllBytes(_frames.PredictionPath(Key), TestPng.Encode(Width, Height, 4, PngColorType.Grey, new ushort[Width * Height]));
        AssertFailure(_frames.PredictionPath(Key), "4-bit");
    }

    [Fact]
    public void T18_colours_do_not_identify_classes()
    {
        PngWriter.WriteRgba(_frames.PredictionPath(Key), Width, Height, new byte[4 * Width * Height]);
        AssertFailure(_frames.PredictionPath(Key), "colours do not identify classes");
    }

    [Fact]
    public void T18_instance_maps_are_of_16_bits_and_must_be_there()
    {
        Assert.Equal(26003, CityscapesTruth.ReadInstances(_frames.InstancePath(Key)).Labels[1]);
        File.Delete(_frames.InstancePath(Key));
        AssertFailure(_frames.InstancePath(Key), "does not exist");
    }

    [Theory]
    [InlineData(7001, "class 7 (road)")]
    [InlineData(34000, "class 34,")]
    [InlineData(65535, "class 65,")]
    public void T18_instances_of_classes_that_have_none_are_an_error(int value, string words)
    {
        var map = CityscapesTruth.ReadInstances(_frames.InstancePath(Key));
        map.Labels[8] = (ushort)value;
        PngWriter.WriteGrey16(_frames.InstancePath(Key), map);
        AssertFailure(_frames.InstancePath(Key), $"the instance {value}", "(x 2, y 1)", words);
    }

    [Fact]
    public void Scores_and_errors_do_not_depend_on_the_number_of_threads()
    {
        string[] keys = [.. Enumerable.Range(0, 9).Select(i => $"bonn_{i:000000}_000019")];
        for (int i = 0; i < keys.Length; i++)
        {
            _frames.Add(keys[i], 5 + i, 7);
            var ids = CityscapesFrames.Ids(5 + i, 7);
            ids.Labels[2] = (byte)(7 + i);
            PngWriter.WriteGrey8(_frames.PredictionPath(keys[i]), ids);
        }
        string one = ScoresJson.ToText(_frames.Evaluate());
        Assert.Equal(one, ScoresJson.ToText(_frames.Evaluate(2)));
        Assert.Equal(one, ScoresJson.ToText(_frames.Evaluate(5)));

        foreach (string key in new[] { keys[3], keys[7] })
        {
            var bad = PngReader.ReadLabels(_frames.PredictionPath(key));
            bad.Labels[0] = 99;
            PngWriter.WriteGrey8(_frames.PredictionPath(key), bad);
        }
        for (int round = 0; round < 10; round++) Assert.Contains(keys[3], _frames.Failure(1 + round % 5), StringComparison.Ordinal);
    }

    private static LabelMap<byte> With(byte id, int at)
    {
        var ids = CityscapesFrames.Ids();
        ids.Labels[at] = id;
        return ids;
    }

    private void AssertFailure(params string[] words)
    {
        string sentence = _frames.Failure();
        foreach (string word in words) Assert.Contains(word, sentence, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', sentence);
    }
}
