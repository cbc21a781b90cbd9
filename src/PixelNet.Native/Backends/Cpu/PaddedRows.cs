using System.Runtime.CompilerServices;

namespace PixelNet.Native.Backends.Cpu;

/// <summary>Copies image rows with their zero padding into a dense scratch, where every pixel has the same stride.</summary>
internal static unsafe class PaddedRows
{
    /// <summary>
    /// Rows first .. first+count-1 of image [H,W,C] (rows outside are zero) to destination [count, W + 2*padW, pixelStride], pixelStride at
    /// least C (what lies between is left alone and never read as a value).
    /// </summary>
    public static void Copy(float* destination, float* image, int first, int count, int height, int width, int channels, int padW, int pixelStride)
    {
        long rowFloats = (long)(width + 2 * padW) * pixelStride;
        long padFloats = (long)Math.Max(padW, 0) * pixelStride;
        // A negative padding crops; it occurs in the gradient of a filter that is padded beyond its own reach.
        int skip = Math.Max(-padW, 0), pixels = width - 2 * skip;
        for (int row = first; row < first + count; row++, destination += rowFloats)
        {
            if ((uint)row >= (uint)height)
            {
                Clear(destination, rowFloats);
                continue;
            }
            float* source = image + ((long)row * width + skip) * channels;
            Clear(destination, padFloats);
            if (pixelStride == channels) Copy(destination + padFloats, source, (long)pixels * channels);
            else
                for (int q = 0; q < pixels; q++)
                    Copy(destination + padFloats + (long)q * pixelStride, source + (long)q * channels, channels);
            Clear(destination + rowFloats - padFloats, padFloats);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(float* destination, float* source, long floats) =>
        Buffer.MemoryCopy(source, destination, floats * sizeof(float), floats * sizeof(float));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Clear(float* destination, long floats) =>
        new Span<float>(destination, checked((int)floats)).Clear();
}
