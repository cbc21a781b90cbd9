using PixelNet.Native.Backends;

namespace PixelNet.Native.Sampling;

/// <summary>
/// One training batch in host memory, as the loader threads fill it: images, samples, targets, and the cell list of every level.
/// Instances are made once and go round between loader and trainer, so a step allocates nothing.
/// </summary>
public sealed class HostBatch
{
    /// <summary>Makes the arrays of a batch.</summary>
    /// <param name="sizes">N, H, W of the network's input.</param>
    /// <param name="sampleCount">M: sampled pixels of all images together.</param>
    /// <param name="levels">The hypercolumn's levels.</param>
    public HostBatch(in NormalizeSizes sizes, int sampleCount, IReadOnlyList<HypercolumnLevel> levels)
    {
        Sizes = sizes;
        SampleCount = sampleCount;
        Images = new byte[sizes.N * sizes.H * sizes.W * 3];
        Samples = new int[sampleCount * 3];
        Targets = new int[sampleCount];
        var scratch = new CellListScratch(sampleCount);
        Cells = [.. levels.Select(level => new HostCellList(level, sampleCount, scratch))];
    }

    /// <summary>N, H, W.</summary>
    public NormalizeSizes Sizes { get; }

    /// <summary>M: sampled pixels of all images together.</summary>
    public int SampleCount { get; }

    /// <summary>The step, from 1, that the batch was made for.</summary>
    public long Step { get; set; }

    /// <summary>RGB bytes [N,H,W,3].</summary>
    public byte[] Images { get; }

    /// <summary>(image, y, x) [M,3], in raster order.</summary>
    public int[] Samples { get; }

    /// <summary>Train ids [M].</summary>
    public int[] Targets { get; }

    /// <summary>One cell list per level.</summary>
    public HostCellList[] Cells { get; }
}

/// <summary>The arrays behind a <see cref="CellList"/>, in host memory.</summary>
/// <param name="level">The map that the list is for.</param>
/// <param name="sampleCount">M.</param>
/// <param name="scratch">Working memory, shared by the lists of a batch; null makes one.</param>
public sealed class HostCellList(HypercolumnLevel level, int sampleCount, CellListScratch? scratch = null)
{
    private readonly CellListScratch _scratch = scratch ?? new CellListScratch(sampleCount);

    /// <summary>The map that the list is for.</summary>
    public HypercolumnLevel Level { get; } = level;

    /// <summary>[2]: touched cells, entries.</summary>
    public int[] Counts { get; } = new int[2];

    /// <summary>[capacity].</summary>
    public int[] Cells { get; } = new int[CellListBuilder.Capacity(level, sampleCount)];

    /// <summary>[capacity + 1].</summary>
    public int[] Starts { get; } = new int[CellListBuilder.Capacity(level, sampleCount) + 1];

    /// <summary>[4M].</summary>
    public int[] Samples { get; } = new int[4 * sampleCount];

    /// <summary>[4M].</summary>
    public float[] Weights { get; } = new float[4 * sampleCount];

    /// <summary>Fills the arrays from the batch's samples (image, y, x) [M,3].</summary>
    public void Build(ReadOnlySpan<int> samples)
    {
        var level = Level;
        CellListBuilder.Build<float>(Counts, Cells, Starts, Samples, Weights, samples, level, _scratch);
    }
}
