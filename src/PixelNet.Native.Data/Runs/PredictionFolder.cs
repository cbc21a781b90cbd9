using PixelNet.Native.Data.Imaging;

namespace PixelNet.Native.Data.Runs;

/// <summary>
/// The folder that predictions are written to: <c>labelIds/NAME_labelIds.png</c> (values as the data set's label files have them; for Cityscapes what the evaluation server takes),
/// <c>color/color_NAME.png</c> and <c>overlay/overlay_NAME.png</c>. The pictures begin with another word than the image's name, so that the folder as a whole
/// holds one file a frame by the official naming rule and can be given to <c>evaluate --predictions</c>.
/// </summary>
public sealed class PredictionFolder
{
    private const string IdFolder = "labelIds", ColorFolder = "color", OverlayFolder = "overlay";
    private readonly string _path;

    private PredictionFolder(string path) => _path = path;

    /// <summary>The folder of label ids.</summary>
    public string LabelIds => Path.Combine(_path, IdFolder);

    /// <summary>Makes a folder for predictions.</summary>
    /// <param name="path">The folder; made if it is not there.</param>
    /// <param name="overwrite">Allow a folder that holds something: predictions of the same names are replaced, all else stays.</param>
    /// <exception cref="PixelNetException">It is not empty, or cannot be written to.</exception>
    public static PredictionFolder Create(string path, bool overwrite)
    {
        if (File.Exists(path)) throw new PixelNetException($"The output folder {path} is a file; name a folder");
        if (!overwrite && Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
            throw new PixelNetException($"The output folder {path} is not empty; name another, or replace predictions of the same names in it by --overwrite");
        try
        {
            foreach (string kind in new[] { IdFolder, ColorFolder, OverlayFolder }) Directory.CreateDirectory(Path.Combine(path, kind));
        }
        catch (Exception failure) when (failure is UnauthorizedAccessException or IOException)
        {
            throw new PixelNetException($"The output folder {path} cannot be written to ({failure.Message.TrimEnd('.')}); name another or change its permissions", failure);
        }
        return new PredictionFolder(path);
    }

    /// <summary>Writes the three files of an image.</summary>
    /// <param name="name">Relative path without extension.</param>
    /// <param name="image">The picture.</param>
    /// <param name="predicted">Train ids of the same size.</param>
    /// <param name="labels">The classes.</param>
    /// <exception cref="PixelNetException">A file cannot be written.</exception>
    public void Write(string name, RgbImage image, LabelMap<byte> predicted, LabelSet labels)
    {
        var (width, height, ids) = (predicted.Width, predicted.Height, labels.FileIds());
        PngWriter.WriteGrey8(FilePath(IdFolder, name, "", "_labelIds"), width, height, (y, row) =>
        {
            for (int x = 0; x < width; x++) row[x] = ids[predicted.Labels[y * width + x]];
        });
        PngWriter.WriteRgb(FilePath(ColorFolder, name, "color_", ""), width, height, Colors);
        PngWriter.WriteRgb(FilePath(OverlayFolder, name, "overlay_", ""), width, height, (y, row) =>
        {
            // Half the picture, half the colour.
            Colors(y, row);
            for (int i = 0; i < row.Length; i++) row[i] = (byte)((image.Pixels[y * row.Length + i] + row[i] + 1) / 2);
        });

        void Colors(int y, Span<byte> row)
        {
            for (int x = 0; x < width; x++)
            {
                // Black where a network predicts void.
                int label = predicted.Labels[y * width + x], color = label < labels.Count ? labels.Colors[label] : 0;
                (row[3 * x], row[3 * x + 1], row[3 * x + 2]) = ((byte)(color >> 16), (byte)(color >> 8), (byte)color);
            }
        }
    }

    private string FilePath(string kind, string name, string prefix, string suffix)
    {
        string file = Path.Combine(_path, kind, Path.GetDirectoryName(name) ?? "", prefix + Path.GetFileName(name) + suffix + ".png");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        return file;
    }
}
