using PixelNet.Native.Data.Imaging;
using PixelNet.Native.Evaluation;

namespace PixelNet.Native.Data.Cityscapes;

/// <summary>Reads ground truth, and predictions of the same form, as the evaluation needs them: stored ids, every one of them checked.</summary>
public static class CityscapesTruth
{
    private const string LabelSuffix = "labelIds.png", InstanceSuffix = "instanceIds.png";

    /// <summary>The instance map beside a label file.</summary>
    public static string InstancePath(string labelPath) =>
        labelPath.EndsWith(LabelSuffix, StringComparison.Ordinal) ? labelPath[..^LabelSuffix.Length] + InstanceSuffix
        : throw new ArgumentException($"{labelPath} does not end in {LabelSuffix}", nameof(labelPath));

    /// <summary>Reads ids of 0 to 33 from a grey file of 8 or 16 bits, or the indices of a palette file.</summary>
    /// <exception cref="PixelNetException">The file is missing, damaged or of another kind, or holds an id above 33; the message names file, pixel and id.</exception>
    public static LabelMap<byte> ReadIds(string path)
    {
        var map = PngReader.ReadLabels(path);
        int bad = map.Labels.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)(CityscapesLabels.IdCount - 1));
        if (bad < 0) return map;
        byte id = map.Labels[bad];
        throw new PixelNetException($"{path} holds the id {id} at pixel (x {bad % map.Width}, y {bad / map.Width}), expected label ids of 0 to 33; " +
            (id == LabelSet.Ignored ? "255 occurs only in train ids, translate them to label ids (road is 7, not 0)" : "put a file of label ids in its place"));
    }

    /// <summary>Reads an instance map: id * 1000 + number for single objects, values up to 1000 for stuff and groups.</summary>
    /// <exception cref="PixelNetException">The file is missing, damaged or of another kind, or holds an instance of a class that has none.</exception>
    public static LabelMap<ushort> ReadInstances(string path)
    {
        var map = PngReader.ReadLabels16(path);
        ushort last = 0;
        for (int p = 0; p < map.Labels.Length; p++)
        {
            ushort value = map.Labels[p];
            if (value == last) continue;
            last = value;
            if (!InstanceTally.IsLegal(CityscapesScoring.Labels, value))
                throw new PixelNetException($"{path} holds the instance {value} at pixel (x {p % map.Width}, y {p / map.Width}), that is of class {value / 1000}" +
                    $"{(value / 1000 < CityscapesLabels.IdCount ? $" ({CityscapesLabels.All[value / 1000].Name})" : "")}, which has no instances; put the original *_{InstanceSuffix} file in its place");
        }
        return map;
    }

    /// <summary>Reads the header of a map and throws unless it has one channel of 8 or 16 bits or a palette.</summary>
    internal static PngHeader PeekMap(string path)
    {
        var header = PngReader.Peek(path);
        if (!header.IsSingleChannel)
            throw new PixelNetException($"{path} is {(header.BitDepth == 8 ? "an" : "a")} {header.Description}, expected one channel of ids, grey or palette; colours do not identify classes, put the file of ids in its place");
        if (header.ColorType == PngColorType.Grey && header.BitDepth < 8)
            throw new PixelNetException($"{path} is a {header.Description}, whose values mean shades and not ids to most programs, expected 8 or 16 bits or a palette; write it with 8 bits");
        return header;
    }
}
