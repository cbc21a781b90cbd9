namespace PixelNet.Native.Data.Weights;

/// <summary>The names of ImageNet's 1000 classes, in the order of fc8; source and licence are in imagenet_classes.txt.</summary>
public static class ImageNetClasses
{
    /// <summary>By class index.</summary>
    public static IReadOnlyList<string> Names { get; } = Read();

    private static string[] Read()
    {
        using var stream = typeof(ImageNetClasses).Assembly.GetManifestResourceStream("imagenet_classes.txt")!;
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split('\n').Select(line => line.TrimEnd('\r')).Where(line => line.Length > 0 && line[0] != '#')];
    }
}
