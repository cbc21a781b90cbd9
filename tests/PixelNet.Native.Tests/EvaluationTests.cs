using CsCheck;
using PixelNet.Native.Evaluation;
using Xunit;

namespace PixelNet.Native.Tests;

/// <summary>What holds of all scores whatever the label maps: order, partition, bounds, and agreement with counting pixel by pixel.</summary>
public class EvaluationTests
{
    private static readonly ScoredLabel[] Labels =
    [
        new("void", false, "nothing"), new("road", true, "flat"), new("parking", false, "flat"), new("walker", true, "human", true, 30),
        new("rider", true, "human", true, 12.5), new("car", true, "vehicle", true, 100), new("caravan", false, "vehicle", true, 70),
    ];

    private sealed record Image(byte[] Truth, byte[] Predicted, ushort[] Instances)
    {
        public void AddTo(CityscapesAccumulator accumulator) => accumulator.Add(Predicted, Truth, Instances);
    }

    // Runs of one label and lone pixels; instances of every label that may have some, groups, and stuff.
    private static readonly Gen<Image> Images =
        from runs in Gen.Select(Gen.Byte[0, 6], Gen.Byte[0, 6], Gen.Int[1, 9], Gen.Int[0, 3]).Array[1, 40]
        select new Image(
            [.. runs.SelectMany(run => Enumerable.Repeat(run.Item1, run.Item3))],
            [.. runs.SelectMany(run => Enumerable.Range(0, run.Item3).Select(i => i % 3 == 2 ? (byte)(i % 7) : run.Item2))],
            [.. runs.SelectMany(run => Enumerable.Repeat((ushort)(Labels[run.Item1].HasInstances && run.Item4 > 0 ? 1000 * run.Item1 + run.Item4 : run.Item1), run.Item3))]);

    private static readonly Gen<Image[]> Sets = Images.Array[1, 8];

    [Fact]
    public void Merged_parts_in_any_order_equal_the_whole_bit_for_bit() => Gen.Select(Sets, Gen.Int).Sample((images, seed) =>
    {
        var whole = Accumulate(images);
        var shuffled = (Image[])images.Clone();
        new Random(seed).Shuffle(shuffled);
        int cut = shuffled.Length / 2;
        var merged = Accumulate(shuffled[..cut]);
        merged.Merge(Accumulate(shuffled[cut..]));
        Assert.Equal(images.Length, merged.Images);
        AssertSame(whole.Scores(), merged.Scores());
    }, iter: 100);

    [Fact]
    public void Scores_are_fractions_and_the_weighted_iou_is_at_most_the_accuracy() => Sets.Sample(images =>
    {
        var scores = Accumulate(images).Scores();
        foreach (double score in scores.ClassIou.Concat(scores.ClassInstanceIou).Concat(scores.CategoryIou).Concat(scores.CategoryInstanceIou).Where(score => !double.IsNaN(score)))
            Assert.InRange(score, 0, 1);
        Assert.False(scores.FrequencyWeightedIou > scores.PixelAccuracy + 1e-12);
        Assert.Equal(1, scores.Priors.Sum(), 1e-12);
        Assert.Equal(images.Sum(image => image.Truth.Length), scores.Confusion.Total);
        // Classes that an image lacks altogether are left out; every other one is in the mean.
        Assert.All(scores.Evaluated, id => Assert.Equal(double.IsNaN(scores.ClassIou[id]), scores.Confusion.RowSum(id) == 0 && scores.Evaluated.All(row => scores.Confusion[row, id] == 0)));
    }, iter: 100);

    [Fact]
    public void The_scores_agree_with_counting_pixel_by_pixel() => Sets.Sample(images =>
    {
        var scores = Accumulate(images).Scores();
        var pixels = images.SelectMany(image => image.Truth.Zip(image.Predicted)).ToList();
        foreach (int id in scores.Evaluated)
        {
            double hits = pixels.Count(px => px.First == id && px.Second == id), union = pixels.Count(px => px.First == id || (px.Second == id && Labels[px.First].IsEvaluated));
            Assert.Equal(hits / union, scores.ClassIou[id], 1e-12);
        }
        for (int truth = 0; truth < Labels.Length; truth++)
            for (int predicted = 0; predicted < Labels.Length; predicted++)
                Assert.Equal(pixels.Count(px => px == ((byte)truth, (byte)predicted)), scores.Confusion[truth, predicted]);
        foreach (string category in new[] { "human", "vehicle" }) Assert.Equal(NaiveCategoryInstanceIou(images, category), scores.CategoryInstanceIou[scores.Categories.ToList().IndexOf(category)], 1e-12);
    }, iter: 60);

    [Fact]
    public void A_perfect_prediction_scores_1() => Sets.Sample(images =>
    {
        var scores = Accumulate([.. images.Select(image => image with { Predicted = image.Truth })]).Scores();
        foreach (double score in scores.ClassIou.Concat(scores.ClassInstanceIou).Concat(scores.CategoryIou).Concat(scores.CategoryInstanceIou)) Assert.True(score is 1 or double.NaN);
        Assert.True(scores.PixelAccuracy is 1 or double.NaN && scores.MeanAccuracy is 1 or double.NaN);
    }, iter: 100);

    [Fact]
    public void Nothing_evaluated_is_undefined_and_not_a_score()
    {
        var scores = new CityscapesAccumulator(Labels).Scores();
        Assert.True(double.IsNaN(scores.MeanIou) && double.IsNaN(scores.PixelAccuracy) && double.IsNaN(scores.FrequencyWeightedIou) && double.IsNaN(scores.MeanAccuracy) && double.IsNaN(scores.Priors[1]));
    }

    [Fact]
    public void Counts_exceed_32_bits()
    {
        var matrix = new ConfusionMatrix(2);
        matrix.Add([.. Enumerable.Repeat((byte)1, 1 << 20)], [.. Enumerable.Repeat((byte)1, 1 << 20)]);
        for (int i = 0; i < 13; i++) matrix.Merge(matrix);
        Assert.Equal(1L << 33, matrix[1, 1]);
    }

    [Fact]
    public void Labels_out_of_range_and_lengths_that_differ_are_refused()
    {
        var matrix = new ConfusionMatrix(3);
        Assert.Contains("pixel 1", Assert.Throws<ArgumentException>(() => matrix.Add([0, 3], [0, 0])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => matrix.Add([0, 0], [0, 3]));
        Assert.Throws<ArgumentException>(() => matrix.Add([0, 0], [0]));
        Assert.Throws<ArgumentException>(() => matrix.Merge(new ConfusionMatrix(4)));
        Assert.Equal(0, matrix.Total);
        var tally = new InstanceTally(Labels);
        Assert.Throws<ArgumentException>(() => tally.Add([5001], [0, 0]));
        Assert.Throws<ArgumentException>(() => tally.Add([1001], [1]));
        Assert.Throws<ArgumentException>(() => tally.Add([7000], [1]));
        tally.Add([2001], [1]);
        Assert.Equal((0, 0), tally.OfCategory("flat"));
    }

    [Fact]
    public void Train_ids_are_scored_over_their_classes_alone()
    {
        // Three classes, 255 not evaluated. 0: 2 right, 1 as 1. 1: 1 right. 2: never. IoU 2/3, 1/2, none; mean 7/12; accuracy 3/4; priors over all 6 pixels.
        var accumulator = new ClassAccumulator(["sky", "building", "pole"]);
        accumulator.Add([0, 0, 1], [0, 0, 0]);
        var more = new ClassAccumulator(["sky", "building", "pole"]);
        more.Add([1, 2, 0], [1, 255, 255]);
        accumulator.Merge(more);
        var scores = accumulator.Scores();
        Assert.Equal([2.0 / 3, 0.5, double.NaN], scores.ClassIou);
        Assert.Equal(7.0 / 12, scores.MeanIou, 1e-12);
        Assert.Equal(0.75, scores.PixelAccuracy);
        Assert.Equal((2.0 / 3 + 1) / 2, scores.MeanAccuracy, 1e-12);
        Assert.Equal(0.75 * 2 / 3 + 0.25 / 2, scores.FrequencyWeightedIou, 1e-12);
        Assert.Equal([0.5, 1.0 / 6, 0], scores.Priors);
        Assert.Equal((3, 4L, 2), (scores.Confusion.Size, scores.Confusion.Total, accumulator.Images));
        Assert.Empty(scores.Categories);
        Assert.Throws<ArgumentException>(() => accumulator.Add([3], [0]));
        Assert.Throws<ArgumentException>(() => accumulator.Add([0], [3]));
        Assert.Throws<ArgumentException>(() => accumulator.Add([255], [255]));
    }

    [Fact]
    public void Predicted_void_is_a_miss_on_valid_pixels_and_free_elsewhere()
    {
        // Void is 2. Class 0: 1 right, 1 as void, 1 as class 1, so IoU 1/3; class 1: one false positive, so 0.
        var accumulator = new ClassAccumulator(["sky", "building"], predictsVoid: true);
        accumulator.Add([0, 2, 1, 2, 1], [0, 0, 0, 255, 255]);
        var scores = accumulator.Scores();
        Assert.Equal([1.0 / 3, 0, double.NaN], scores.ClassIou);
        Assert.Equal((1.0 / 6, 1.0 / 3), (scores.MeanIou, scores.PixelAccuracy));
        Assert.Equal(1, scores.EvaluatedConfusion()[0, 2]);
        Assert.Equal([0.6, 0, 0.4], scores.Priors);
        Assert.Throws<ArgumentException>(() => accumulator.Add([3], [0]));
    }

    private static double NaiveCategoryInstanceIou(Image[] images, string category)
    {
        double hits = 0, misses = 0, wrong = 0;
        foreach (var image in images)
        {
            for (int p = 0; p < image.Truth.Length; p++)
            {
                bool right = Labels[image.Predicted[p]].Category == category;
                if (right && Labels[image.Truth[p]].IsEvaluated && Labels[image.Truth[p]].Category != category) wrong++;
                if (image.Instances[p] <= 1000) continue;
                var label = Labels[image.Instances[p] / 1000];
                if (!label.IsEvaluated || label.Category != category) continue;
                double weight = label.AverageInstanceSize / image.Instances.Count(value => value == image.Instances[p]);
                if (right) hits += weight;
                else misses += weight;
            }
        }
        return hits / (hits + misses + wrong);
    }

    private static CityscapesAccumulator Accumulate(Image[] images)
    {
        var accumulator = new CityscapesAccumulator(Labels);
        foreach (var image in images) image.AddTo(accumulator);
        return accumulator;
    }

    private static void AssertSame(SegmentationScores a, SegmentationScores b)
    {
        Assert.Equal(a.ClassIou, b.ClassIou);
        Assert.Equal(a.ClassInstanceIou, b.ClassInstanceIou);
        Assert.Equal(a.CategoryIou, b.CategoryIou);
        Assert.Equal(a.CategoryInstanceIou, b.CategoryInstanceIou);
        Assert.Equal(a.Priors, b.Priors);
        Assert.Equal((a.PixelAccuracy, a.MeanAccuracy, a.FrequencyWeightedIou), (b.PixelAccuracy, b.MeanAccuracy, b.FrequencyWeightedIou));
    }
}
