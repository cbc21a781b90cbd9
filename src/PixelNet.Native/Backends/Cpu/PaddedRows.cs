using System.Runtime.CompilerServices;

namespace PixelNet.Native.Backends.Cpu;

/// <summary>Copies what a task reads of an input into its dense scratch.</summary>
internal static unsafe class PaddedRows
{
    /// <summary>
    /// Rows first .. first+count-1 of image [H,W,C] (rows outside are zero) to destination [count, W + 2*padW, C], with zeros left and right.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy(float* destination, float* image, int first, int count, int height, int width, int channels, int padW)
    {
        long rowFloats = (long)(width + 2 * padW) * channels, padFloats = (long)Math.Max(padW, 0) * channels;
        // A negative padding crops; it occurs in the gradient of a filter that is padded beyond its own reach.
        int skip = Math.Max(-padW, 0);
        long bytes = (long)(width - 2 * skip) * channels * sizeof(float);
        for (int row = first; row < first + count; row++, destination += rowFloats)
        {
            if ((uint)row >= (uint)height)
            {
                Clear(destination, rowFloats);
                continue;
            }
            Clear(destination, padFloats);
            Buffer.MemoryCopy(image + ((long)row * width + skip) * channels, destination + padFloats, bytes, bytes);
            Clear(destination + rowFloats - padFloats, padFloats);
        }
    }

    /// <summary>Some columns of a matrix [rows, sourceStride] to [rows, stride].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CopyColumns(float* destination, float* source, long rows, int sourceStride, int columns, int stride)
    {
        long bytes = columns * (long)sizeof(float);
        for (long row = 0; row < rows; row++, source += sourceStride, destination += stride)
            Buffer.MemoryCopy(source, destination, bytes, bytes);
    }

    private static void Clear(float* destination, long floats) => new Span<float>(destination, checked((int)floats)).Clear();
}
