using System.CommandLine;
using PixelNet.Native.Data.Runs;

namespace PixelNet.Native.Cli;

/// <summary><c>--size</c>: what the network sees in place of the size that it was trained with.</summary>
internal static class NetworkInput
{
    private const string OwnSize = "image";

    public static Option<string?> SizeOption() => new("--size")
    {
        Description = "Size that images are resized to for the network, such as 1024x512; image = each at its own; default: that of the training. Results always have the image's size",
    };

    /// <summary>The size that was asked for, 0 x 0 for each image's own; null = the training's.</summary>
    public static (int Width, int Height)? Parse(string? text) => text switch
    {
        null => null,
        OwnSize => (0, 0),
        _ => ImageSize.Parse("--size", text),
    };

    public static void Apply((int Width, int Height)? size, ImagePredictor predictor)
    {
        if (size is { } asked) (predictor.InputWidth, predictor.InputHeight) = asked;
    }
}
