using PixelNet.Native.Data.Cityscapes;
using PixelNet.Native.Evaluation;
using Xunit;

namespace PixelNet.Native.Data.Tests;

/// <summary>Where pixel-level Cityscapes scores usually go wrong, by hand: the traps of docs/cityscapes.md that are arithmetic. The others: <see cref="CityscapesFileTrapTests"/>.</summary>
public class CityscapesScoreTrapTests
{
    private const byte Unlabeled = 0, Road = 7, Sidewalk = 8, Parking = 9, Building = 11, Wall = 12, Fence = 13, Pole = 17, PoleGroup = 18, Person = 24, Rider = 25,
        Car = 26, Truck = 27, Bus = 28, Caravan = 29, Trailer = 30, Motorcycle = 32, Bicycle = 33;

    private const double PersonSize = 3462.4756337644, RiderSize = 3930.4788056518, CarSize = 12794.0202738185;

    /// <summary>Count pixels of one ground truth, prediction and instance value (0: the plain id).</summary>
    private readonly record struct Px(byte Truth, byte Predicted, int Count, int Instance = 0);

    [Fact]
    public void T1_class_misses_are_counted_over_all_34_predictions()
    {
        // Road, 10 pixels: 6 right, 1 as unlabeled, 2 as parking, 1 as sidewalk. TP 6, FN 4, FP 0; a 19 x 19 matrix would say 6/7.
        var scores = Score(new(Road, Road, 6), new(Road, Unlabeled, 1), new(Road, Parking, 2), new(Road, Sidewalk, 1));
        Equal(6.0 / 10, scores.ClassIou[Road]);
        var evaluated = scores.EvaluatedConfusion();
        Assert.Equal((6, 1, 3), (evaluated[0, 0], evaluated[0, 1], evaluated[0, 19]));
    }

    [Fact]
    public void T2_class_false_positives_are_counted_over_evaluated_ground_truth_only()
    {
        // Road is predicted on 8 of road, 5 of void, 3 of parking, 2 of sidewalk. TP 8, FN 0, FP 2; counting void and parking would say 8/18.
        var scores = Score(new(Road, Road, 8), new(Unlabeled, Road, 5), new(Parking, Road, 3), new(Sidewalk, Road, 2));
        Equal(8.0 / 10, scores.ClassIou[Road]);
    }

    [Fact]
    public void T3_a_class_that_is_only_predicted_scores_0_and_one_that_is_nowhere_is_left_out()
    {
        // Bus on 1 road pixel: TP 0, FP 1 -> 0, in the mean. Wall on void only: FP 0 -> NaN. Fence nowhere -> NaN. Road 10/(10 + 1).
        var scores = Score(new(Road, Road, 10), new(Road, Bus, 1), new(Unlabeled, Wall, 4));
        Equal(0, scores.ClassIou[Bus]);
        Assert.True(double.IsNaN(scores.ClassIou[Wall]) && double.IsNaN(scores.ClassIou[Fence]));
        Equal((10.0 / 11 + 0) / 2, scores.MeanIou);
    }

    [Fact]
    public void T4_one_matrix_is_summed_over_all_images_and_priors_divide_by_all_pixels()
    {
        // Image 1: road 10 right. Image 2: road 30 as sidewalk, void 10. Summed: road 10/40, sidewalk 0/30, mean 1/8; the mean over images would be (1 + 0)/2.
        var scores = ScoreAll([new(Road, Road, 10)], [new(Road, Sidewalk, 30), new(Unlabeled, Road, 10)]);
        Equal(0.125, scores.MeanIou);
        Equal(40.0 / 50, scores.Priors[Road]);
        Equal(10.0 / 50, scores.Priors[Unlabeled]);
        Assert.Equal(50, scores.Confusion.Total);
    }

    [Fact]
    public void T5_category_iou_uses_evaluated_ids_only()
    {
        // Road: 6 right, 2 as sidewalk (same category: right), 2 as parking (same category, ignored: a miss). Building: 5 as parking, no FP of flat.
        // flat: TP 8, FN 2, FP 0. construction: TP 0, FN 5.
        var scores = Score(new(Road, Road, 6), new(Road, Sidewalk, 2), new(Road, Parking, 2), new(Building, Parking, 5));
        Equal(8.0 / 10, Category(scores, "flat").Iou);
        Equal(0, Category(scores, "construction").Iou);
        Assert.True(double.IsNaN(Category(scores, "void").Iou));
        Equal(0.4, scores.MeanCategoryIou);
    }

    [Fact]
    public void T6_category_instance_iou_uses_all_ids_of_the_category()
    {
        // One car of 10 pixels: 4 car, 3 truck, 2 caravan, 1 road; weight w = size/10. Vehicle: iTP 9w, iFN w. Building: 1 as trailer, an FP of vehicle here,
        // but not in the category IoU: TP 7, FN 3. Class car: iTP 4w, iFN 6w, no FP.
        var scores = Score(new(Car, Car, 4, 26001), new(Car, Truck, 3, 26001), new(Car, Caravan, 2, 26001), new(Car, Road, 1, 26001), new(Building, Trailer, 1));
        double w = CarSize / 10;
        Equal(9 * w / (10 * w + 1), Category(scores, "vehicle").InstanceIou);
        Equal(7.0 / 10, Category(scores, "vehicle").Iou);
        Equal(0.4, scores.ClassInstanceIou[Car]);
        Assert.True(double.IsNaN(Category(scores, "human").InstanceIou) && double.IsNaN(Category(scores, "flat").InstanceIou));
        Equal(9 * w / (10 * w + 1), scores.MeanCategoryInstanceIou);
    }

    [Fact]
    public void T7_instance_weights_apply_to_hits_and_misses_but_not_to_false_positives()
    {
        // Persons: 4 of 4 pixels right; 1 of 2 right. iTP = p (4/4 + 1/2), iFN = p/2. A rider of 5 pixels is predicted as person, and 3 road pixels.
        // Class person: FP 5 + 3. Class rider: iTP 0, iFN r. Category human: the rider is right with its own class's weight, FP 3.
        var scores = Score(new(Person, Person, 4, 24000), new(Person, Person, 1, 24001), new(Person, Road, 1, 24001), new(Rider, Person, 5, 25000), new(Road, Person, 3));
        Equal(1.5 * PersonSize / (2 * PersonSize + 8), scores.ClassInstanceIou[Person]);
        Equal(0, scores.ClassInstanceIou[Rider]);
        Equal((1.5 * PersonSize + RiderSize) / (2 * PersonSize + RiderSize + 3), Category(scores, "human").InstanceIou);
        Equal(1.5 * PersonSize / (2 * PersonSize + 8) / 2, scores.MeanInstanceIou);
    }

    [Fact]
    public void T8_groups_are_no_instances()
    {
        // A group of cars (value 26, or the value 1000 itself): 6 car, 4 bus. Car: iTP = iFN = 0 and no FP -> NaN, though IoU is 6/10. Bus: no instance but FP 4 -> 0.
        // A perfect group of bicycles: IoU 1, iIoU NaN. A motorcycle group where car is predicted: FP 2 of car, then car's iIoU is 0.
        var scores = Score(new(Car, Car, 6, 26), new(Car, Bus, 4, 26), new(Bicycle, Bicycle, 3, 33), new(Unlabeled, Unlabeled, 2, 1000));
        Equal(0.6, scores.ClassIou[Car]);
        Assert.True(double.IsNaN(scores.ClassInstanceIou[Car]) && double.IsNaN(scores.ClassInstanceIou[Bicycle]));
        Equal(0, scores.ClassInstanceIou[Bus]);
        Equal(1, scores.ClassIou[Bicycle]);
        Equal(0, Score(new(Car, Car, 6, 26), new(Motorcycle, Car, 2, 32)).ClassInstanceIou[Car]);
    }

    [Fact]
    public void T9_caravans_and_trailers_are_skipped()
    {
        // Instances of ignored classes, predicted as anything, leave no trace in any score but the priors.
        var with = Score(new(Car, Car, 3, 26000), new(Car, Road, 1, 26000), new(Caravan, Car, 5, 29000), new(Trailer, Trailer, 5, 30000), new(Trailer, Person, 2, 30001));
        var without = Score(new(Car, Car, 3, 26000), new(Car, Road, 1, 26000));
        Equal(0.75, with.ClassInstanceIou[Car]);
        Assert.Equal(without.ClassInstanceIou, with.ClassInstanceIou);
        Assert.Equal(without.CategoryInstanceIou, with.CategoryInstanceIou);
        Assert.Equal(without.ClassIou, with.ClassIou);
    }

    [Fact]
    public void T10_average_sizes_are_never_rescaled()
    {
        // A car of 8 pixels, 4 right, 1 false positive: iTP = iFN = size/2 whatever the image's size. With every pixel doubled in both directions only the FP grow, to 4.
        var small = Score(new(Car, Car, 4, 26000), new(Car, Road, 4, 26000), new(Road, Car, 1));
        var large = Score(new(Car, Car, 16, 26000), new(Car, Road, 16, 26000), new(Road, Car, 4));
        Equal(CarSize / 2 / (CarSize + 1), small.ClassInstanceIou[Car]);
        Equal(CarSize / 2 / (CarSize + 4), large.ClassInstanceIou[Car]);
    }

    [Fact]
    public void T14_pixel_accuracy_is_right_pixels_over_valid_pixels()
    {
        // Valid: road 8 (6 right, 2 parking), sidewalk 2 (1 right, 1 road); void 100. Accuracy 7/10, mean (6/8 + 1/2)/2;
        // IoU road 6/9, sidewalk 1/2; frequency-weighted 8/10 * 6/9 + 2/10 * 1/2.
        var scores = Score(new(Road, Road, 6), new(Road, Parking, 2), new(Sidewalk, Sidewalk, 1), new(Sidewalk, Road, 1), new(Unlabeled, Unlabeled, 60), new(Unlabeled, Road, 40));
        Equal(0.7, scores.PixelAccuracy);
        Equal(0.625, scores.MeanAccuracy);
        Equal(0.8 * 6 / 9 + 0.2 / 2, scores.FrequencyWeightedIou);
    }

    [Fact]
    public void T18_polegroup_is_a_class_of_its_own()
    {
        // Same colour, another id: predicted on pole it is a miss, predicted on building it is no false positive of pole.
        var scores = Score(new(Pole, Pole, 3), new(Pole, PoleGroup, 1), new(Building, PoleGroup, 2), new(PoleGroup, Pole, 9));
        Equal(0.75, scores.ClassIou[Pole]);
        Equal(0.75, Category(scores, "object").Iou);
    }

    [Fact]
    public void Without_instance_maps_the_instance_scores_are_undefined_and_the_others_unchanged()
    {
        var accumulator = new CityscapesAccumulator(CityscapesScoring.Labels);
        accumulator.Add([Car, Road], [Car, Road], [26000, Road]);
        accumulator.Add([Car, Road], [Car, Road]);
        var scores = accumulator.Scores();
        Assert.False(scores.HasInstances);
        Assert.True(double.IsNaN(scores.MeanInstanceIou) && double.IsNaN(scores.MeanCategoryInstanceIou));
        Equal(1, scores.MeanIou);
    }

    private static void Equal(double expected, double actual) => Assert.Equal(expected, actual, 1e-12);

    private static (double Iou, double InstanceIou) Category(SegmentationScores scores, string name)
    {
        int index = scores.Categories.ToList().IndexOf(name);
        return (scores.CategoryIou[index], scores.CategoryInstanceIou[index]);
    }

    private static SegmentationScores Score(params Px[] image) => ScoreAll(image);

    private static SegmentationScores ScoreAll(params Px[][] images)
    {
        var accumulator = new CityscapesAccumulator(CityscapesScoring.Labels);
        foreach (var image in images)
            accumulator.Add(
                [.. image.SelectMany(px => Enumerable.Repeat(px.Predicted, px.Count))],
                [.. image.SelectMany(px => Enumerable.Repeat(px.Truth, px.Count))],
                [.. image.SelectMany(px => Enumerable.Repeat((ushort)(px.Instance == 0 ? px.Truth : px.Instance), px.Count))]);
        return accumulator.Scores();
    }
}
