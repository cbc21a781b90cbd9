using System.Globalization;

namespace PixelNet.Native.Cli;

/// <summary>Width x height as it is typed.</summary>
internal static class ImageSize
{
    public static (int Width, int Height) Parse(string option, string text)
    {
        string[] parts = text.Split('x', 'X');
        if (parts.Length == 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int width)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int height) && width is > 0 and <= 16384 && height is > 0 and <= 16384)
            return (width, height);
        throw new WrongCallException($"{option} {text} is not a size, expected width x height in pixels, such as 256x128 or 2048x1024");
    }
}
