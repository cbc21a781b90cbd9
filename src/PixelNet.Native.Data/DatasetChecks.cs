using PixelNet.Native.Data.Imaging;

namespace PixelNet.Native.Data;

/// <summary>Checks that every data set makes before training.</summary>
internal static class DatasetChecks
{
    /// <summary>Reads the headers of all pairs: sizes must agree, and <paramref name="requireLabelKind"/> judges the label file.</summary>
    public static void Headers(ISegmentationDataset dataset, Action<PngHeader, string> requireLabelKind)
    {
        for (int i = 0; i < dataset.Count; i++)
        {
            var label = PngReader.Peek(dataset.LabelPath(i));
            requireLabelKind(label, dataset.LabelPath(i));
            SameSize(dataset, i, label.Width, label.Height);
        }
    }

    /// <summary>Throws unless the image of pair <paramref name="index"/> has this size.</summary>
    public static void SameSize(ISegmentationDataset dataset, int index, int width, int height)
    {
        var image = dataset.ImageHeader(index);
        if ((image.Width, image.Height) != (width, height))
            throw new PixelNetException($"{dataset.LabelPath(index)} is {width} x {height} pixels but its image {dataset.ImagePath(index)} is {image.Width} x {image.Height}; both must have the same size, replace one of them");
    }

    /// <summary>At most <paramref name="samples"/> indices, evenly spread over 0 .. count-1.</summary>
    public static IEnumerable<int> Spread(int count, int samples)
    {
        samples = Math.Min(samples, count);
        for (int k = 0; k < samples; k++) yield return (int)((long)k * count / samples);
    }
}
