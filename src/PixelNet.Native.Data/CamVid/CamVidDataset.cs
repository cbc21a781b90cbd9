using PixelNet.Native.Data.Imaging;

namespace PixelNet.Native.Data.CamVid;

/// <summary>
/// One split of CamVid in the layout of the SegNet tutorial: <c>SPLIT.txt</c> lists <c>image label</c> pairs, one a line; images are PNG or JPEG,
/// label files are PNG of 0..10, and 11 for void. Paths are relative to the root; of those that begin elsewhere
/// (<c>/SegNet/CamVid/train/x.png</c>) the tail that exists under the root is taken.
/// </summary>
public sealed class CamVidDataset : ISegmentationDataset
{
    private const int VoidId = 11;
    private static readonly string[] Splits = ["train", "val", "test"];
    private readonly string _list;
    private readonly List<Pair> _pairs;

    private CamVidDataset(string split, string list, List<Pair> pairs) => (Split, _list, _pairs) = (split, list, pairs);

    /// <summary>The eleven classes, with the colours of the SegNet tutorial.</summary>
    public static LabelSet LabelSet { get; } = new("camvid",
        ["Sky", "Building", "Pole", "Road", "Pavement", "Tree", "SignSymbol", "Fence", "Car", "Pedestrian", "Bicyclist"],
        [0x808080, 0x800000, 0xC0C080, 0x804080, 0x3C28DE, 0x808000, 0xC08080, 0x404080, 0x400080, 0x404000, 0x0080C0],
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    { VoidId = VoidId };

    /// <inheritdoc/>
    public LabelSet Labels => LabelSet;

    /// <inheritdoc/>
    public string Split { get; }

    /// <inheritdoc/>
    public int Count => _pairs.Count;

    /// <summary>Whether <paramref name="root"/> looks like this layout.</summary>
    public static bool IsAt(string root) => Splits.Any(split => File.Exists(Path.Combine(root, split + ".txt")));

    /// <summary>Reads the list of a split and finds its files.</summary>
    /// <exception cref="PixelNetException">The list is missing, empty or malformed, or a file that it names does not exist; the message names list and line.</exception>
    public static CamVidDataset Open(string root, string split)
    {
        string list = Path.Combine(root, split + ".txt");
        if (!File.Exists(list))
            throw new PixelNetException($"{list} does not exist, expected a list of 'image label' lines as the SegNet tutorial has them; check the folder and the split");
        var pairs = new List<Pair>();
        var lineOfKey = new Dictionary<string, int>(StringComparer.Ordinal);
        int number = 0;
        foreach (string line in File.ReadLines(list))
        {
            number++;
            var fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == 0) continue;
            if (fields.Length != 2)
                throw new PixelNetException($"{list} line {number} has {fields.Length} fields, expected two paths: 'image label'; correct the line");
            string where = $"{list} line {number}";
            var pair = new Pair(Find(root, fields[0], "image", where), Find(root, fields[1], "label file", where), number);
            string key = Path.GetFileNameWithoutExtension(pair.Image);
            if (!lineOfKey.TryAdd(key, number))
                throw new PixelNetException($"{where} names an image {key} again, line {lineOfKey[key]} has one already; remove one of the lines");
            pairs.Add(pair);
        }
        if (pairs.Count == 0) throw new PixelNetException($"{list} is empty, expected lines of 'image label'; check the folder and the split");
        return new CamVidDataset(split, list, pairs);
    }

    /// <inheritdoc/>
    public string Key(int index) => Path.GetFileNameWithoutExtension(_pairs[index].Image);

    /// <inheritdoc/>
    public string ImagePath(int index) => _pairs[index].Image;

    /// <inheritdoc/>
    public string LabelPath(int index) => _pairs[index].Label;

    /// <inheritdoc/>
    public RgbImage LoadImage(int index) => ImageFile.Read(ImagePath(index));

    /// <inheritdoc/>
    public LabelMap<byte> LoadLabels(int index)
    {
        var file = FileBytes.ReadAll(LabelPath(index));
        RequireLabelKind(PngHeader.Parse(file, LabelPath(index)), LabelPath(index));
        var map = PngReader.ReadLabels(file, LabelPath(index));
        DatasetChecks.SameSize(this, index, map.Width, map.Height);
        var labels = map.Labels;
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] < VoidId) continue;
            if (labels[i] > VoidId)
                throw new PixelNetException($"{LabelPath(index)} (line {_pairs[index].Line} of {_list}) holds the label {labels[i]} at pixel (x {i % map.Width}, y {i / map.Width}), expected 0 to 10, or 11 for void; replace the file");
            labels[i] = LabelSet.Ignored;
        }
        return map;
    }

    /// <summary>Looks at the headers of all files (kind, equal sizes of image and label) and at the contents of a few label files, spread over the split.</summary>
    /// <param name="sampledFiles">How many label files are decoded.</param>
    /// <exception cref="PixelNetException">A file is damaged, of another size or of the wrong kind; the message names it.</exception>
    public void Validate(int sampledFiles = 8)
    {
        DatasetChecks.Headers(this, RequireLabelKind);
        foreach (int index in DatasetChecks.Spread(Count, sampledFiles)) LoadLabels(index);
    }

    private static void RequireLabelKind(PngHeader header, string path)
    {
        if (!header.IsSingleChannel || header.BitDepth == 16)
            throw new PixelNetException($"{path} is an {header.Description}, expected an 8-bit label map of 0 to 11, grey or palette; name the label file of the SegNet layout instead");
    }

    private static string Find(string root, string listed, string what, string where)
    {
        // The path as it stands, then without its first folder, its second, …
        var parts = listed.Split('/', '\\').Where(part => part.Length > 0).ToArray();
        for (int skip = 0; skip < parts.Length; skip++)
        {
            string path = Path.Combine([root, .. parts[skip..]]);
            if (File.Exists(path)) return path;
        }
        throw new PixelNetException($"{where} names the {what} {listed}, which does not exist under {root}; add the file or remove the line");
    }

    private sealed record Pair(string Image, string Label, int Line);
}
