namespace PixelNet.Native.Data.Imaging;

/// <summary>
/// The part of an image that fills a target, in pixels of the image with pixel centres at half-integers; any real values, beyond the borders too.
/// Target column j of n has its centre at X + (j + 0.5) * Width / n.
/// </summary>
/// <param name="X">Left edge.</param>
/// <param name="Y">Upper edge.</param>
/// <param name="Width">Above 0.</param>
/// <param name="Height">Above 0.</param>
/// <param name="Mirrored">Whether the target is written from right to left.</param>
public readonly record struct SourceRectangle(double X, double Y, double Width, double Height, bool Mirrored = false)
{
    /// <summary>All of an image.</summary>
    public static SourceRectangle Whole(int width, int height) => new(0, 0, width, height);
}
