using PixelNet.Native.Data.Imaging;

namespace PixelNet.Native.Data.Runs;

/// <summary>An image to predict, and what its outputs are called.</summary>
/// <param name="Path">The image file.</param>
/// <param name="Name">Relative path of its outputs without extension: the file's name, below the folder that was named.</param>
public sealed record ImageInput(string Path, string Name)
{
    /// <summary>Finds the images that files and folders mean; folders are searched through.</summary>
    /// <exception cref="PixelNetException">A path does not exist, a folder holds no image, or two images would have the same outputs.</exception>
    public static IReadOnlyList<ImageInput> Find(IEnumerable<string> paths)
    {
        var inputs = paths.SelectMany(Expand).ToList();
        var twice = inputs.GroupBy(input => input.Name).FirstOrDefault(group => group.Count() > 1)?.ToList();
        if (twice is not null)
            throw new PixelNetException($"{twice[0].Path} and {twice[1].Path} would both be written as {twice[0].Name}; predict them into different folders");
        return inputs;
    }

    private static IEnumerable<ImageInput> Expand(string path)
    {
        if (File.Exists(path)) return [new ImageInput(path, System.IO.Path.GetFileNameWithoutExtension(path))];
        if (!Directory.Exists(path)) throw new PixelNetException($"The image {path} does not exist; name image files or folders of them");
        ImageInput[] found = [.. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .Where(file => ImageFile.Extensions.Contains(System.IO.Path.GetExtension(file).ToLowerInvariant()))
            .Order(StringComparer.Ordinal)
            .Select(file => new ImageInput(file, System.IO.Path.ChangeExtension(System.IO.Path.GetRelativePath(path, file), null)))];
        return found.Length > 0 ? found
            : throw new PixelNetException($"The folder {path} holds no image ({string.Join(", ", ImageFile.Extensions)}); name another");
    }
}
