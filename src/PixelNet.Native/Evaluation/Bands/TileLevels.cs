using System.Runtime.InteropServices;
using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Evaluation;

/// <summary>
/// Tapped maps of which the head reads some rows a tile. The rows are given to the gather as maps of their own, pixels counted from a row of the image that
/// lies on a cell's edge of all of them; by the one coordinate rule, whose strides are powers of two, that gives the same cells and the same weights.
/// </summary>
internal sealed class TileLevels
{
    private readonly RollingNode[] _nodes;
    private readonly HypercolumnLevel[] _levels;
    private readonly HypercolumnLevel _deepest;
    private readonly Tensor _samples;
    private readonly int[] _staged;

    /// <summary>Plans the samples of a tile of <paramref name="tile"/> pixels.</summary>
    public TileLevels(string name, MemoryPlan plan, RollingNode[] nodes, HypercolumnLevel[] levels, int tile)
    {
        (_nodes, _levels, _deepest) = (nodes, levels, levels.MaxBy(level => level.Stride));
        _samples = plan.Add($"{name} samples", new Shape(tile, 3), MemoryKind.Inputs, ElementType.Int32);
        _staged = new int[3 * tile];
    }

    /// <summary>Tells the nodes which rows are still read, from those of the tile's first pixel on.</summary>
    public void KeepFrom(int firstRow)
    {
        int origin = Origin(firstRow);
        for (int i = 0; i < _nodes.Length; i++) _nodes[i].HeadFrom = origin / _levels[i].Stride;
    }

    /// <summary>Has the rows made that the tile's pixels read, down to those of its last one.</summary>
    public void Pull(int lastRow, List<BandStep> steps, bool trial)
    {
        for (int i = 0; i < _nodes.Length; i++)
        {
            int end = End(_levels[i], lastRow);
            _nodes[i].PullAhead(end, steps, trial);
            _nodes[i].Map.Measure(end - _nodes[i].HeadFrom);
        }
    }

    /// <summary>The rows of a tile as maps of their own.</summary>
    public TilePixels Rows(int firstRow, int lastRow)
    {
        int origin = Origin(firstRow);
        var (maps, levels) = (new Tensor[_nodes.Length], new HypercolumnLevel[_nodes.Length]);
        for (int i = 0; i < _nodes.Length; i++)
        {
            int first = origin / _levels[i].Stride, end = End(_levels[i], lastRow);
            (maps[i], levels[i]) = (_nodes[i].Map.Rows(first, end), _levels[i] with { H = end - first });
        }
        return new TilePixels(maps, levels, _samples);
    }

    /// <summary>Uploads the tile's pixels in raster order; what would lie beyond the image is its last one again.</summary>
    public void Upload(IBackend backend, long firstPixel, int width, int height)
    {
        int y = (int)(firstPixel / width), x = (int)(firstPixel % width), origin = Origin(y);
        for (int m = 0; m < _staged.Length; m += 3)
        {
            (_staged[m], _staged[m + 1], _staged[m + 2]) = (0, y - origin, x);
            if (++x < width) continue;
            if (y + 1 < height) (y, x) = (y + 1, 0);
            else x--;
        }
        backend.Upload(_samples, MemoryMarshal.AsBytes<int>(_staged));
    }

    // Of the rows that pixels of this row read, the first on the map of the largest stride, in pixels.
    private int Origin(int row) => HypercolumnCoordinates.Map(row, _deepest.Stride, _deepest.H).First * _deepest.Stride;

    private static int End(in HypercolumnLevel level, int row) => HypercolumnCoordinates.Map(row, level.Stride, level.H).Second + 1;
}
