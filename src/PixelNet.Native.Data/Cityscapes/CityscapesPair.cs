using PixelNet.Native.Evaluation;

namespace PixelNet.Native.Data.Cityscapes;

/// <summary>One frame to evaluate: a prediction file and its ground truth.</summary>
/// <param name="Key">city_sequence_frame.</param>
/// <param name="Prediction">PNG of ids 0..33.</param>
/// <param name="LabelIds">Ground truth, ids 0..33.</param>
/// <param name="InstanceIds">Ground truth, 16-bit instance map.</param>
public sealed record CityscapesPair(string Key, string Prediction, string LabelIds, string InstanceIds)
{
    /// <summary>Reads the headers alone: kinds must be right and all three of one size. Nothing is ever resized.</summary>
    /// <exception cref="PixelNetException">A file is missing, of another kind or of another size; the message names it.</exception>
    public void Check()
    {
        var truth = CityscapesTruth.PeekMap(LabelIds);
        if (!File.Exists(InstanceIds))
            throw new PixelNetException($"{InstanceIds} does not exist, expected the instance map of {LabelIds} beside it; unpack the whole gtFine package");
        foreach (string path in new[] { Prediction, InstanceIds })
        {
            var other = CityscapesTruth.PeekMap(path);
            if ((other.Width, other.Height) != (truth.Width, truth.Height))
                throw new PixelNetException($"{path} is {other.Width} x {other.Height} pixels but the ground truth {LabelIds} is {truth.Width} x {truth.Height}; both must have the same size" +
                    (path == Prediction ? ", enlarge the predicted ids with nearest neighbour" : ", replace the file"));
        }
    }

    /// <summary>Reads the files and adds them.</summary>
    /// <exception cref="PixelNetException">As <see cref="Check"/>; also for damaged files and for ids that do not exist.</exception>
    public void AddTo(CityscapesAccumulator accumulator)
    {
        Check();
        accumulator.Add(CityscapesTruth.ReadIds(Prediction).Labels, CityscapesTruth.ReadIds(LabelIds).Labels, CityscapesTruth.ReadInstances(InstanceIds).Labels);
    }
}
