namespace PixelNet.Native.Data.Cityscapes;

/// <summary>One row of the Cityscapes label table.</summary>
/// <param name="Name">With blanks, as in the official scores: <c>traffic light</c>.</param>
/// <param name="Id">What labelIds files hold, 0..33; -1 for the license plate, which is never painted.</param>
/// <param name="TrainId">0..18 for the evaluated classes, 255 (-1 for the license plate) otherwise.</param>
/// <param name="Category">Name of its category.</param>
/// <param name="CategoryId">0 (void) .. 7.</param>
/// <param name="HasInstances">Whether its objects are told apart in instanceIds files.</param>
/// <param name="IgnoreInEval">Whether its pixels are left out of training and evaluation.</param>
/// <param name="Color">0xRRGGBB. Colours do not identify classes: some are shared.</param>
public sealed record CityscapesLabel(string Name, int Id, int TrainId, string Category, int CategoryId, bool HasInstances, bool IgnoreInEval, int Color);

/// <summary>The official label table: 35 rows, 34 stored ids, 19 evaluated classes, 8 categories (labels.py of the official scripts, version 2.2.4).</summary>
public static class CityscapesLabels
{
    /// <summary>Number of ids that labelIds files may hold: 0..33.</summary>
    public const int IdCount = 34;

    private static readonly string[] CategoryNames = ["void", "flat", "construction", "object", "nature", "sky", "human", "vehicle"];

    /// <summary>Rows in the order of the table: index = id, the license plate (id -1) last.</summary>
    public static IReadOnlyList<CityscapesLabel> All { get; } =
    [
        Row("unlabeled", 0, 255, 0, false, 0, 0, 0),
        Row("ego vehicle", 1, 255, 0, false, 0, 0, 0),
        Row("rectification border", 2, 255, 0, false, 0, 0, 0),
        Row("out of roi", 3, 255, 0, false, 0, 0, 0),
        Row("static", 4, 255, 0, false, 0, 0, 0),
        Row("dynamic", 5, 255, 0, false, 111, 74, 0),
        Row("ground", 6, 255, 0, false, 81, 0, 81),
        Row("road", 7, 0, 1, false, 128, 64, 128),
        Row("sidewalk", 8, 1, 1, false, 244, 35, 232),
        Row("parking", 9, 255, 1, false, 250, 170, 160),
        Row("rail track", 10, 255, 1, false, 230, 150, 140),
        Row("building", 11, 2, 2, false, 70, 70, 70),
        Row("wall", 12, 3, 2, false, 102, 102, 156),
        Row("fence", 13, 4, 2, false, 190, 153, 153),
        Row("guard rail", 14, 255, 2, false, 180, 165, 180),
        Row("bridge", 15, 255, 2, false, 150, 100, 100),
        Row("tunnel", 16, 255, 2, false, 150, 120, 90),
        Row("pole", 17, 5, 3, false, 153, 153, 153),
        Row("polegroup", 18, 255, 3, false, 153, 153, 153),
        Row("traffic light", 19, 6, 3, false, 250, 170, 30),
        Row("traffic sign", 20, 7, 3, false, 220, 220, 0),
        Row("vegetation", 21, 8, 4, false, 107, 142, 35),
        Row("terrain", 22, 9, 4, false, 152, 251, 152),
        Row("sky", 23, 10, 5, false, 70, 130, 180),
        Row("person", 24, 11, 6, true, 220, 20, 60),
        Row("rider", 25, 12, 6, true, 255, 0, 0),
        Row("car", 26, 13, 7, true, 0, 0, 142),
        Row("truck", 27, 14, 7, true, 0, 0, 70),
        Row("bus", 28, 15, 7, true, 0, 60, 100),
        Row("caravan", 29, 255, 7, true, 0, 0, 90),
        Row("trailer", 30, 255, 7, true, 0, 0, 110),
        Row("train", 31, 16, 7, true, 0, 80, 100),
        Row("motorcycle", 32, 17, 7, true, 0, 0, 230),
        Row("bicycle", 33, 18, 7, true, 119, 11, 32),
        Row("license plate", -1, -1, 7, false, 0, 0, 142),
    ];

    /// <summary>The 19 evaluated rows, by train id.</summary>
    public static IReadOnlyList<CityscapesLabel> Evaluated { get; } = [.. All.Where(label => !label.IgnoreInEval).OrderBy(label => label.TrainId)];

    /// <summary>The eight categories by id; the first, void, is never scored.</summary>
    public static IReadOnlyList<string> Categories => CategoryNames;

    /// <summary>The 19 classes that are trained and evaluated.</summary>
    public static LabelSet LabelSet { get; } = new("cityscapes",
        [.. Evaluated.Select(label => label.Name)], [.. Evaluated.Select(label => label.Color)], [.. Evaluated.Select(label => (byte)label.Id)]);

    /// <summary>Train id by id 0..33: 0..18, or 255 where ignored. Length 34.</summary>
    public static ReadOnlySpan<byte> TrainIds => TrainIdTable;

    private static readonly byte[] TrainIdTable = [.. All.Take(IdCount).Select(label => (byte)label.TrainId)];

    private static CityscapesLabel Row(string name, int id, int trainId, int category, bool hasInstances, int red, int green, int blue) =>
        new(name, id, trainId, CategoryNames[category], category, hasInstances, trainId is < 0 or 255, red << 16 | green << 8 | blue);
}
