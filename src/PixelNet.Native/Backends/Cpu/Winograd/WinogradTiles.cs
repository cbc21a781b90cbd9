using System.Runtime.CompilerServices;

namespace PixelNet.Native.Backends.Cpu;

/// <summary>How the outputs [N,P,Q] of a convolution are cut into tiles of m x m, in raster order; and the copy of a tile that reaches over an edge.</summary>
internal unsafe struct WinogradTiles
{
    private readonly int _rows, _columns, _outputs;

    public WinogradTiles(in Conv2dSizes sizes, int outputs)
    {
        (_rows, _columns, _outputs) = ((sizes.P + outputs - 1) / outputs, (sizes.Q + outputs - 1) / outputs, outputs);
        Count = checked(sizes.N * _rows * _columns);
    }

    /// <summary>Tiles of all images.</summary>
    public int Count { get; }

    /// <summary>Image and first output pixel of a tile.</summary>
    public readonly (int Image, int Row, int Column) At(int tile)
    {
        int column = tile % _columns, row = tile / _columns;
        return (row / _rows, row % _rows * _outputs, column * _outputs);
    }

    /// <summary>
    /// The side x side pixels of an image [H,W,C] at (row, column): where they lie, if all are inside, else a copy with zeros around the image. Returns
    /// the first pixel and its steps.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float* Patch(float* image, int height, int width, int channels, int row, int column, int side, float* copy, out nint rowStep, out nint columnStep)
    {
        columnStep = channels;
        if (row >= 0 && column >= 0 && row + side <= height && column + side <= width)
        {
            rowStep = (nint)width * channels;
            return image + ((long)row * width + column) * channels;
        }
        rowStep = (nint)side * channels;
        for (int i = 0; i < side; i++)
            for (int j = 0; j < side; j++)
            {
                int y = row + i, x = column + j;
                var to = new Span<float>(copy + (i * side + j) * (long)channels, channels);
                if ((uint)y < (uint)height && (uint)x < (uint)width) new ReadOnlySpan<float>(image + ((long)y * width + x) * channels, channels).CopyTo(to);
                else to.Clear();
            }
        return copy;
    }
}
