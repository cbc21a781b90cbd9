namespace PixelNet.Native.Data.Imaging;

/// <summary>A label a pixel, 8 or 16 bits stored (class ids, train ids, or instance ids up to 65535).</summary>
/// <param name="Width">Pixels a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Labels">[Height * Width].</param>
public sealed record LabelMap<T>(int Width, int Height, T[] Labels) where T : unmanaged;
