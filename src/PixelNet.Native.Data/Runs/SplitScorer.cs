using PixelNet.Native.Data.Cityscapes;
using PixelNet.Native.Data.Imaging;
using PixelNet.Native.Evaluation;

namespace PixelNet.Native.Data.Runs;

/// <summary>Scores the label maps predicted for a split by the rules of its data set, at the full size of the ground truth, image by image.</summary>
internal abstract class SplitScorer
{
    /// <summary>Scores the images of a split: Cityscapes by its stored ids, with instances where the files are there; others by their classes.</summary>
    /// <param name="dataset">The split.</param>
    /// <param name="predictsVoid">Whether the network has void as one more class, L.</param>
    public static SplitScorer For(ISegmentationDataset dataset, bool predictsVoid) =>
        dataset is CityscapesDataset cityscapes ? new ByIds(cityscapes) : new ByClasses(dataset, predictsVoid);

    /// <summary>Adds an image and gives its ground truth as train ids.</summary>
    /// <param name="index">Index of the image in the split.</param>
    /// <param name="predicted">Train ids, of the image's size.</param>
    /// <exception cref="PixelNetException">A file of the ground truth is missing, damaged, or of another size than its image.</exception>
    public abstract LabelMap<byte> Add(int index, LabelMap<byte> predicted);

    /// <summary>The scores of all images added so far.</summary>
    public abstract SegmentationScores Scores();

    // What `evaluate --predictions` counts, without the detour over files.
    private sealed class ByIds(CityscapesDataset dataset) : SplitScorer
    {
        private readonly CityscapesAccumulator _accumulator = new(CityscapesScoring.Labels);

        public override LabelMap<byte> Add(int index, LabelMap<byte> predicted)
        {
            var truth = CityscapesTruth.ReadIds(dataset.LabelPath(index));
            DatasetChecks.SameSize(dataset, index, truth.Width, truth.Height);
            string path = dataset.InstancePath(index);
            var instances = File.Exists(path) ? CityscapesTruth.ReadInstances(path) : null;
            if (instances is not null) DatasetChecks.SameSize(dataset, index, instances.Width, instances.Height);
            _accumulator.Add(dataset.Labels.ToFileIds(predicted).Labels, truth.Labels, instances?.Labels);
            return truth with { Labels = Array.ConvertAll(truth.Labels, id => CityscapesLabels.TrainIds[id]) };
        }

        public override SegmentationScores Scores() => _accumulator.Scores();
    }

    private sealed class ByClasses(ISegmentationDataset dataset, bool predictsVoid) : SplitScorer
    {
        private readonly ClassAccumulator _accumulator = new(dataset.Labels.ClassNames, predictsVoid);

        public override LabelMap<byte> Add(int index, LabelMap<byte> predicted)
        {
            var truth = dataset.LoadLabels(index);
            _accumulator.Add(predicted.Labels, truth.Labels);
            return truth;
        }

        public override SegmentationScores Scores() => _accumulator.Scores();
    }
}
