namespace PixelNet.Native.Data.Imaging;

/// <summary>An 8-bit RGB image: rows from the top, three bytes a pixel, no padding.</summary>
/// <param name="Width">Pixels a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Pixels">[Height * Width * 3].</param>
public sealed record RgbImage(int Width, int Height, byte[] Pixels);
