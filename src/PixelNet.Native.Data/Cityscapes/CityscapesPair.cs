using PixelNet.Native.Data.Imaging;
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
    /// <param name="accumulator">What they are added to.</param>
    /// <param name="observe">Sees predicted and true ids; null = nobody does.</param>
    /// <exception cref="PixelNetException">As <see cref="Check"/>; also for damaged files and for ids that do not exist.</exception>
    public void AddTo(CityscapesAccumulator accumulator, Action<LabelMap<byte>, LabelMap<byte>>? observe = null)
    {
        Check();
        LabelMap<byte> predicted = CityscapesTruth.ReadIds(Prediction), truth = CityscapesTruth.ReadIds(LabelIds);
        accumulator.Add(predicted.Labels, truth.Labels, CityscapesTruth.ReadInstances(InstanceIds).Labels);
        observe?.Invoke(predicted, truth);
    }

    /// <summary>The picture itself, where the ground truth lies in the official layout beside it; null where it does not, or cannot be read: the scores do not need it.</summary>
    public RgbImage? LoadImage()
    {
        string image = LabelIds.Replace("gtFine_labelIds.png", "leftImg8bit.png", StringComparison.Ordinal);
        int folder = image.LastIndexOf($"{Path.DirectorySeparatorChar}gtFine{Path.DirectorySeparatorChar}", StringComparison.Ordinal);
        if (folder >= 0) image = $"{image[..(folder + 1)]}leftImg8bit{image[(folder + "/gtFine".Length)..]}";
        try
        {
            return File.Exists(image) ? ImageFile.Read(image) : null;
        }
        catch (PixelNetException)
        {
            return null;
        }
    }
}
