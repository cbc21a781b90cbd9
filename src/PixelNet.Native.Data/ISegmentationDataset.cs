using PixelNet.Native.Data.Imaging;

namespace PixelNet.Native.Data;

/// <summary>One split of a data set on disk. Opening it lists and pairs the files; images are read when asked for, by any thread.</summary>
public interface ISegmentationDataset
{
    /// <summary>The classes.</summary>
    LabelSet Labels { get; }

    /// <summary>Such as <c>train</c>.</summary>
    string Split { get; }

    /// <summary>Number of images.</summary>
    int Count { get; }

    /// <summary>What names image <paramref name="index"/> in reports and output files (Cityscapes: city_seq_frame).</summary>
    string Key(int index);

    /// <summary>The image file.</summary>
    string ImagePath(int index);

    /// <summary>The label file (Cityscapes: labelIds).</summary>
    string LabelPath(int index);

    /// <summary>Reads size and format of an image from the head of its file.</summary>
    /// <exception cref="PixelNetException">The file is missing, or its header is damaged or claims too large an image.</exception>
    ImageHeader ImageHeader(int index) => ImageFile.Peek(ImagePath(index));

    /// <summary>Reads an image.</summary>
    /// <exception cref="PixelNetException">The file is missing, damaged or too large; the message names it.</exception>
    RgbImage LoadImage(int index);

    /// <summary>Reads labels as train ids, <see cref="LabelSet.Ignored"/> where not evaluated; same size as the image.</summary>
    /// <exception cref="PixelNetException">The file is missing or damaged, is of the wrong kind, holds an unknown id (file, pixel and id are named), or has another size than its image.</exception>
    LabelMap<byte> LoadLabels(int index);
}
