using System.IO.Enumeration;

namespace PixelNet.Native.Data.Cityscapes;

/// <summary>
/// Finds what is to be evaluated, by the official rules: every <c>*_gtFine_labelIds.png</c> below the ground-truth folder is a frame, and exactly one
/// file <c>{city}_{sequence}_{frame}*.png</c> below the folder of predictions, in any subfolder and with any suffix, is its prediction.
/// </summary>
public static class CityscapesPairs
{
    private const string TruthSuffix = "_gtFine_labelIds.png";

    /// <summary>Lists the frames in ordinal order of their keys.</summary>
    /// <exception cref="PixelNetException">A folder is missing, there is no ground truth, or a frame has no prediction or more than one.</exception>
    public static IReadOnlyList<CityscapesPair> Find(string predictionFolder, string truthFolder)
    {
        var truths = Truths(truthFolder);
        // Sorted by name, so that the names of one frame are neighbours.
        string[] predictions = [.. Files(predictionFolder, ".png", "predictions", followLinks: false)];
        string[] names = [.. predictions.Select(path => Path.GetFileName(path))];
        Array.Sort(names, predictions, StringComparer.Ordinal);
        var pairs = new List<CityscapesPair>(truths.Count);
        var missing = new List<string>();
        foreach (var (key, truth) in truths)
        {
            int first = Array.BinarySearch(names, key, StringComparer.Ordinal);
            if (first < 0) first = ~first;
            if (first == names.Length || !names[first].StartsWith(key, StringComparison.Ordinal))
                missing.Add(key);
            else if (first + 1 < names.Length && names[first + 1].StartsWith(key, StringComparison.Ordinal))
                throw new PixelNetException($"{truth} has several predictions, such as {predictions[first]} and {predictions[first + 1]}: exactly one file {key}*.png may lie below {predictionFolder}; move the others elsewhere (colour pictures too)");
            else
                pairs.Add(new CityscapesPair(key, predictions[first], truth, CityscapesTruth.InstancePath(truth)));
        }
        if (missing.Count == 0) return pairs;
        throw new PixelNetException($"{truths[missing[0]]} has no prediction: expected a file {missing[0]}*.png below {predictionFolder}{(missing.Count == 1 ? "" : $" ({missing.Count} of {truths.Count} frames lack theirs)")}; " +
            "add it, or name the ground truth of the predicted split alone, such as gtFine/val");
    }

    private static SortedDictionary<string, string> Truths(string folder)
    {
        var truths = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string path in Files(folder, TruthSuffix, "ground truth", followLinks: true))
        {
            string name = Path.GetFileName(path);
            if (name.StartsWith('.')) continue;
            string key = name[..^TruthSuffix.Length];
            if (key.Split('_') is not [{ Length: > 0 }, { Length: > 0 }, { Length: > 0 }])
                throw new PixelNetException($"{path} is not named as Cityscapes files are, expected CITY_SEQUENCE_FRAME{TruthSuffix} with no other underscores; rename or remove it");
            if (!truths.TryAdd(key, path))
                throw new PixelNetException($"{truths[key]} and {path} are ground truth of one frame, {key}; remove one of them or name a folder that holds one");
        }
        if (truths.Count == 0)
            throw new PixelNetException($"{folder} holds no ground truth: expected *{TruthSuffix} files in it or below; name the folder of a split, such as gtFine/val");
        return truths;
    }

    // Links to folders are followed where the official tool does (it lists the ground truth by pattern but walks the predictions), and not for ever: a link may lead back.
    private static List<string> Files(string folder, string suffix, string what, bool followLinks)
    {
        if (!Directory.Exists(folder))
            throw new PixelNetException($"{folder}, the folder of {what}, {(File.Exists(folder) ? "is a file" : "does not exist")}; check the path");
        var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = followLinks ? 8 : int.MaxValue, AttributesToSkip = 0, IgnoreInaccessible = false };
        try
        {
            return [.. new FileSystemEnumerable<string>(folder, (ref FileSystemEntry entry) => entry.ToSpecifiedFullPath(), options)
            {
                ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && entry.FileName.EndsWith(suffix, StringComparison.Ordinal),
                ShouldRecursePredicate = (ref FileSystemEntry entry) => followLinks || (entry.Attributes & FileAttributes.ReparsePoint) == 0,
            }.Order(StringComparer.Ordinal)];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new PixelNetException($"{folder}, the folder of {what}, cannot be listed: {failure.Message}", failure);
        }
    }
}
