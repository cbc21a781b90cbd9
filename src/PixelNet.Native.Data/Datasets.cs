using PixelNet.Native.Data.CamVid;
using PixelNet.Native.Data.Cityscapes;

namespace PixelNet.Native.Data;

/// <summary>Opens a data folder by what lies in it.</summary>
public static class Datasets
{
    /// <summary>The command that makes data without a login or download; it works right after a clone.</summary>
    public const string StandIn = "./build.sh run -- streetscenes --out DIR";

    /// <summary>The classes of a data set by name, as checkpoints keep it; null if there is no such set.</summary>
    public static LabelSet? FindLabels(string name) => new[] { CityscapesLabels.LabelSet, CamVidDataset.LabelSet }.FirstOrDefault(labels => labels.Name == name);

    /// <summary>
    /// Opens one split and checks it: all headers, and the contents of a few label files. Cityscapes is recognised by its leftImg8bit folder,
    /// CamVid by its train.txt, val.txt or test.txt.
    /// </summary>
    /// <param name="folder">The data folder.</param>
    /// <param name="split">Such as <c>train</c>.</param>
    /// <param name="annotation">Cityscapes only: <c>gtFine</c> or <c>gtCoarse</c>; null takes gtFine where the split has it.</param>
    /// <exception cref="PixelNetException">The folder is missing, of neither layout, or its files are incomplete or of the wrong kind; one sentence says what was expected.</exception>
    public static ISegmentationDataset Open(string folder, string split, string? annotation = null)
    {
        if (!Directory.Exists(folder))
            throw new PixelNetException($"The data folder {folder} does not exist; check the path, or make a stand-in for Cityscapes with: {StandIn}");
        if (CityscapesDataset.IsAt(folder))
        {
            var cityscapes = CityscapesDataset.Open(folder, split, annotation);
            cityscapes.Validate();
            return cityscapes;
        }
        if (CamVidDataset.IsAt(folder))
        {
            var camVid = CamVidDataset.Open(folder, split);
            camVid.Validate();
            return camVid;
        }
        throw new PixelNetException($"{folder} holds no data set that is known, expected Cityscapes (folders leftImg8bit and gtFine or gtCoarse) or CamVid (train.txt, val.txt, test.txt); " +
            $"check the path, or make a stand-in for Cityscapes with: {StandIn}");
    }
}
