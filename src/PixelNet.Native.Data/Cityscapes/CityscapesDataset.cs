using PixelNet.Native.Data.Imaging;

namespace PixelNet.Native.Data.Cityscapes;

/// <summary>
/// One split of a folder in the official Cityscapes layout: <c>leftImg8bit/SPLIT/CITY/KEY_leftImg8bit.png</c> beside
/// <c>gtFine/SPLIT/CITY/KEY_gtFine_labelIds.png</c> (or gtCoarse), KEY = city_sequence_frame. Folders are listed and joined by key; names are never rebuilt.
/// labelIds are translated to train ids; train-id files, colour pictures and instance maps in their place are refused.
/// </summary>
public sealed class CityscapesDataset : ISegmentationDataset
{
    private const string ImageFolder = "leftImg8bit";
    private readonly string[] _keys, _images;
    private readonly string[]? _labels;

    private CityscapesDataset(string split, string[] keys, string[] images, string[]? labels) => (Split, _keys, _images, _labels) = (split, keys, images, labels);

    /// <inheritdoc/>
    public LabelSet Labels => CityscapesLabels.LabelSet;

    /// <inheritdoc/>
    public string Split { get; }

    /// <inheritdoc/>
    public int Count => _keys.Length;

    /// <summary>Whether <paramref name="root"/> looks like this layout.</summary>
    public static bool IsAt(string root) => Directory.Exists(Path.Combine(root, ImageFolder));

    /// <summary>Lists and pairs the files of a split.</summary>
    /// <param name="root">The folder that holds leftImg8bit and gtFine or gtCoarse.</param>
    /// <param name="split">train, val, test, train_extra or demoVideo (which has no labels).</param>
    /// <param name="annotation"><c>gtFine</c> or <c>gtCoarse</c>; null takes gtFine where the split has it.</param>
    /// <exception cref="PixelNetException">A folder is missing or empty, an image has no label, or two files have one key; the message says what was expected.</exception>
    public static CityscapesDataset Open(string root, string split, string? annotation = null)
    {
        string imageRoot = Path.Combine(root, ImageFolder, split);
        var images = List(imageRoot, "_leftImg8bit.png", 4, required: true);
        string[] keys = [.. images.Keys];
        if (split == "demoVideo") return new CityscapesDataset(split, keys, [.. images.Values], null);

        annotation ??= Directory.Exists(Path.Combine(root, "gtFine", split)) || !Directory.Exists(Path.Combine(root, "gtCoarse", split)) ? "gtFine" : "gtCoarse";
        string labelRoot = Path.Combine(root, annotation, split);
        var labels = List(labelRoot, $"_{annotation}_labelIds.png", 5, required: false);
        var missing = keys.Where(key => !labels.ContainsKey(key)).ToList();
        if (missing.Count > 0) throw WithoutLabel(labelRoot, annotation, images[missing[0]], missing, keys.Length);
        return new CityscapesDataset(split, keys, [.. images.Values], [.. keys.Select(key => labels[key])]);
    }

    /// <inheritdoc/>
    public string Key(int index) => _keys[index];

    /// <inheritdoc/>
    public string ImagePath(int index) => _images[index];

    /// <inheritdoc/>
    public string LabelPath(int index) => _labels?[index] ?? throw new PixelNetException($"The split {Split} of Cityscapes has no labels; use it for prediction only");

    /// <summary>The 16-bit instance map beside the label file.</summary>
    /// <exception cref="PixelNetException">The split has no labels.</exception>
    public string InstancePath(int index) => LabelPath(index)[..^"labelIds.png".Length] + "instanceIds.png";

    /// <summary>Reads size and format of an image from the head of its file.</summary>
    /// <exception cref="PixelNetException">The file is missing, or its header is damaged or claims too large an image.</exception>
    public ImageHeader ImageHeader(int index) => ImageFile.Peek(ImagePath(index));

    /// <inheritdoc/>
    public RgbImage LoadImage(int index) => ImageFile.Read(ImagePath(index));

    /// <inheritdoc/>
    public LabelMap<byte> LoadLabels(int index)
    {
        var map = LoadIds(index);
        DatasetChecks.SameSize(this, index, map.Width, map.Height);
        var labels = map.Labels;
        var table = CityscapesLabels.TrainIds;
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] >= table.Length) throw UnknownId(LabelPath(index), map, i);
            labels[i] = table[labels[i]];
        }
        return map;
    }

    /// <summary>Reads instance ids: id * 1000 + number for single instances, the plain id elsewhere.</summary>
    /// <exception cref="PixelNetException">The file is missing, damaged, or no single-channel map.</exception>
    public LabelMap<ushort> LoadInstances(int index) => PngReader.ReadLabels16(InstancePath(index));

    /// <summary>
    /// Looks at the headers of all files (kind, equal sizes of image and label) and at the contents of a few label files, spread over the split.
    /// Train-id files under the names of labelIds are recognised by that: no id above 18, and 255 or mostly ids that labelIds would ignore.
    /// </summary>
    /// <param name="sampledFiles">How many label files are decoded.</param>
    /// <exception cref="PixelNetException">A file is missing, damaged, of another size or of the wrong kind; the message names it.</exception>
    public void Validate(int sampledFiles = 8)
    {
        if (_labels is null) return;
        DatasetChecks.Headers(this, RequireLabelKind);
        var counts = new long[256];
        (int Index, int Pixel, byte Id)? witness = null;
        foreach (int index in DatasetChecks.Spread(Count, sampledFiles))
        {
            var labels = LoadIds(index).Labels;
            foreach (byte id in labels) counts[id]++;
            int pixel = labels.AsSpan().IndexOf(LabelSet.Ignored);
            if (pixel < 0) pixel = labels.AsSpan().IndexOfAnyInRange((byte)0, (byte)6);
            if (pixel >= 0 && (witness is null || labels[pixel] > witness.Value.Id)) witness = (index, pixel, labels[pixel]);
        }
        // Hidden test labels hold only the ids 0..3, so the rule does not apply there.
        if (Split != "test" && witness is { } found && LooksLikeTrainIds(counts)) throw TrainIds(found.Index, found.Pixel, found.Id);
        foreach (int index in DatasetChecks.Spread(Count, sampledFiles)) LoadLabels(index);
    }

    private LabelMap<byte> LoadIds(int index)
    {
        string path = LabelPath(index);
        var file = FileBytes.ReadAll(path);
        RequireLabelKind(PngHeader.Parse(file, path), path);
        return PngReader.ReadLabels(file, path);
    }

    private static void RequireLabelKind(PngHeader header, string path)
    {
        if (!header.IsSingleChannel)
            throw new PixelNetException($"{path} is an {header.Description}, a colour picture as *_color.png files are, expected 8-bit label ids; colours do not identify classes, put the *_labelIds.png file in its place");
        if (header.BitDepth == 16)
            throw new PixelNetException($"{path} is a 16-bit grey image as *_instanceIds.png files are, expected 8-bit label ids; put the *_labelIds.png file in its place");
    }

    private static bool LooksLikeTrainIds(long[] counts)
    {
        long evaluated = 0, total = counts.Sum();
        for (int id = 0; id < CityscapesLabels.IdCount; id++)
            if (CityscapesLabels.TrainIds[id] != LabelSet.Ignored) evaluated += counts[id];
        return counts.AsSpan(19, 255 - 19).IndexOfAnyExcept(0L) < 0 && (counts[255] > 0 || 2 * evaluated < total);
    }

    private PixelNetException TrainIds(int index, int pixel, byte id)
    {
        int width = ImageHeader(index).Width;
        return new PixelNetException($"{LabelPath(index)} holds train ids (such as {id} at pixel (x {pixel % width}, y {pixel / width}), and no id above 18 in any label file that was tried), " +
            "expected label ids of 0 to 33; put the original *_labelIds.png files in the place of the train-id files");
    }

    private static PixelNetException UnknownId(string path, LabelMap<byte> map, int i) => new(
        $"{path} holds the id {map.Labels[i]} at pixel (x {i % map.Width}, y {i / map.Width}), expected label ids of 0 to 33" +
        (map.Labels[i] == 255 ? "; 255 occurs only in train-id files (*_labelTrainIds.png), put the original *_labelIds.png file in its place" : "; replace the file"));

    // Key -> path, in ordinal order of the keys. parts: how many a name has between its underscores.
    private static SortedDictionary<string, string> List(string folder, string suffix, int parts, bool required)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (Directory.Exists(folder))
        {
            foreach (string path in Directory.EnumerateFiles(folder, "*" + suffix, SearchOption.AllDirectories))
            {
                string name = Path.GetFileName(path);
                if (name.StartsWith('.')) continue;
                string[] pieces = name.Split('_');
                if (pieces.Length != parts)
                    throw new PixelNetException($"{path} is not named as Cityscapes files are, expected CITY_SEQUENCE_FRAME{suffix} with no other underscores; rename or remove it");
                string key = string.Join('_', pieces[..3]);
                if (!files.TryAdd(key, path)) throw new PixelNetException($"{path} and {files[key]} have the same frame key {key}; remove one of them");
            }
        }
        if (required && files.Count == 0)
            throw new PixelNetException($"{folder} {(Directory.Exists(folder) ? "holds no images" : "does not exist")}, expected CITY/CITY_SEQUENCE_FRAME{suffix} files in it; check the folder and the split, or make a stand-in for Cityscapes with: {Datasets.StandIn}");
        return files;
    }

    private static PixelNetException WithoutLabel(string labelRoot, string annotation, string image, List<string> missing, int count)
    {
        string wanted = $"{missing[0]}_{annotation}_labelIds.png";
        string which = missing.Count == 1 ? "" : $" ({missing.Count} of {count} images lack theirs)";
        if (!Directory.Exists(labelRoot))
            return new PixelNetException($"{labelRoot} does not exist, expected the labels of {image} there{which}; unpack the {annotation} package beside leftImg8bit, or make a stand-in for Cityscapes with: {Datasets.StandIn}");
        bool trainIds = Directory.EnumerateFiles(labelRoot, $"{missing[0]}_*rainIds.png", SearchOption.AllDirectories).Any();
        return new PixelNetException($"{image} has no label file: expected {wanted} under {labelRoot}{which}; " +
            (trainIds ? "there is only a train-id file, the original *_labelIds.png is needed" : $"add it, or remove the image"));
    }
}
