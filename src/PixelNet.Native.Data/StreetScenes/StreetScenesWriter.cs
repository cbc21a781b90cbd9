using System.Text.Json.Nodes;
using PixelNet.Native.Data.Cityscapes;
using PixelNet.Native.Data.Imaging;

namespace PixelNet.Native.Data.StreetScenes;

/// <summary>
/// Writes street scenes in the official Cityscapes layout (cityscapes.md 1): images, labelIds (8-bit grey), instanceIds (16-bit grey) and color (RGBA)
/// under invented cities. A small <c>streetscenes.json</c> beside them tells what was asked for; only a folder with that file is ever replaced.
/// </summary>
public static class StreetScenesWriter
{
    /// <summary>The file that marks a folder as written by this class.</summary>
    public const string ManifestName = "streetscenes.json";

    private const string ImageFolder = "leftImg8bit", LabelFolder = "gtFine";

    private static readonly Dictionary<string, string[]> Cities = new()
    {
        ["train"] = ["almbruck", "dornwiek", "elmstett", "grunholt", "haselbeck", "mooringen"],
        ["val"] = ["kronfeld", "seewinkel"],
        ["test"] = ["tannhorst", "wiesenort"],
    };

    /// <summary>City_sequence_frame of a scene. The first city of a split is one long recording, whose frame numbers count; the others are single shots.</summary>
    public static (string City, string Key) Name(string split, int index)
    {
        var cities = Cities[split];
        int number = index % cities.Length, shot = index / cities.Length;
        var (sequence, frame) = number == 0 ? (0, 19 + 30 * shot) : (shot, 19);
        return (cities[number], $"{cities[number]}_{sequence:000000}_{frame:000000}");
    }

    /// <summary>Draws and writes all scenes, several at a time.</summary>
    /// <param name="folder">Made if it does not exist.</param>
    /// <param name="options">How many scenes of which size.</param>
    /// <param name="progress">Called, one call at a time, with the number of scenes written so far and of all.</param>
    /// <param name="cancellation">Stops between scenes.</param>
    /// <exception cref="PixelNetException">An option is out of range, the folder holds something already, or a file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; what was written stays and can be overwritten.</exception>
    public static void Write(string folder, StreetScenesOptions options, Action<int, int>? progress = null, CancellationToken cancellation = default)
    {
        options.Validate();
        Prepare(folder, options.Overwrite);
        WriteManifest(folder, options, complete: false);
        List<(string Split, int Index)> scenes = [];
        foreach (string split in StreetScenesGenerator.Splits)
        {
            for (int i = 0; i < options.Count(split); i++) scenes.Add((split, i));
            if (options.Count(split) == 0) continue;
            foreach (string city in Cities[split])
                foreach (string kind in (ReadOnlySpan<string>)[ImageFolder, LabelFolder]) Directory.CreateDirectory(Path.Combine(folder, kind, split, city));
        }
        int done = 0;
        var gate = new object();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Threads > 0 ? options.Threads : Environment.ProcessorCount, CancellationToken = cancellation };
        try
        {
            Parallel.ForEach(scenes, parallel, scene =>
            {
                WriteScene(folder, options, scene.Split, scene.Index);
                lock (gate) progress?.Invoke(++done, scenes.Count);
            });
        }
        catch (AggregateException failures) when (failures.InnerExceptions.OfType<PixelNetException>().FirstOrDefault() is { } failure)
        {
            throw new PixelNetException(failure.Message, failure);
        }
        WriteManifest(folder, options, complete: true);
    }

    /// <summary>Whether a folder holds exactly what <see cref="Write"/> with these options writes, completed.</summary>
    public static bool IsComplete(string folder, StreetScenesOptions options)
    {
        string path = Path.Combine(folder, ManifestName);
        return File.Exists(path) && File.ReadAllText(path) == Manifest(options, complete: true);
    }

    private static void Prepare(string folder, bool overwrite)
    {
        if (File.Exists(folder)) throw new PixelNetException($"{folder} is a file, expected a folder for the street scenes; name another");
        try
        {
            if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            {
                if (!File.Exists(Path.Combine(folder, ManifestName)))
                    throw new PixelNetException($"The folder {folder} is not empty and was not written by streetscenes; name an empty or new folder");
                if (!overwrite) throw new PixelNetException($"The folder {folder} holds street scenes already; name another folder, or replace them with --overwrite");
                foreach (string kind in (ReadOnlySpan<string>)[ImageFolder, LabelFolder])
                    if (Directory.Exists(Path.Combine(folder, kind))) Directory.Delete(Path.Combine(folder, kind), recursive: true);
            }
            Directory.CreateDirectory(folder);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new PixelNetException($"The folder {folder} cannot be prepared for the street scenes: {failure.Message}", failure);
        }
    }

    private static void WriteScene(string folder, StreetScenesOptions options, string split, int index)
    {
        var scene = StreetScenesGenerator.Render(options.Seed, split, index, options.Width, options.Height);
        var (city, key) = Name(split, index);
        string labels = Path.Combine(folder, LabelFolder, split, city, $"{key}_{LabelFolder}_");
        if (split == "test") scene = Hidden(scene);
        PngWriter.WriteRgb(Path.Combine(folder, ImageFolder, split, city, $"{key}_{ImageFolder}.png"), scene.Image);
        PngWriter.WriteGrey8(labels + "labelIds.png", scene.LabelIds);
        PngWriter.WriteGrey16(labels + "instanceIds.png", scene.InstanceIds);
        PngWriter.WriteRgba(labels + "color.png", options.Width, options.Height, Colors(scene.LabelIds));
    }

    // What the official test split ships: ego vehicle and borders (ids 1..3), all else unlabeled.
    private static StreetScene Hidden(StreetScene scene) => scene with
    {
        LabelIds = scene.LabelIds with { Labels = [.. scene.LabelIds.Labels.Select(id => id <= 3 ? id : (byte)0)] },
        InstanceIds = scene.InstanceIds with { Labels = [.. scene.InstanceIds.Labels.Select(id => id <= 3 ? id : (ushort)0)] },
    };

    private static byte[] Colors(LabelMap<byte> map)
    {
        var pixels = new byte[4 * map.Labels.Length];
        for (int i = 0; i < map.Labels.Length; i++)
        {
            int color = CityscapesLabels.All[map.Labels[i]].Color;
            (pixels[4 * i], pixels[4 * i + 1], pixels[4 * i + 2], pixels[4 * i + 3]) = ((byte)(color >> 16), (byte)(color >> 8), (byte)color, 255);
        }
        return pixels;
    }

    private static void WriteManifest(string folder, StreetScenesOptions options, bool complete) =>
        AtomicFile.WriteText(Path.Combine(folder, ManifestName), Manifest(options, complete));

    private static string Manifest(StreetScenesOptions options, bool complete) => new JsonObject
    {
        ["generator"] = typeof(StreetScenesWriter).Assembly.GetName().Version?.ToString(3),
        ["seed"] = options.Seed,
        ["train"] = options.Train,
        ["val"] = options.Val,
        ["test"] = options.Test,
        ["width"] = options.Width,
        ["height"] = options.Height,
        ["complete"] = complete,
    }.ToJsonString() + "\n";
}
