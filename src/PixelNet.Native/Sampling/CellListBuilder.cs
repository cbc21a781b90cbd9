using System.Numerics;
using PixelNet.Native.Backends;

namespace PixelNet.Native.Sampling;

/// <summary>
/// Builds the <see cref="CellList"/> of one level from sample coordinates: the transpose of the bilinear gather. Entries are made in sample order
/// and radix-sorted by cell; the sort is stable, so entries of a cell stay in ascending sample order whatever the order of the coordinates.
/// </summary>
public static class CellListBuilder
{
    private const int RadixBits = 11;

    /// <summary>Cells that M samples can touch on a level: min(4M, N*H*W).</summary>
    public static int Capacity(in HypercolumnLevel level, int sampleCount) =>
        (int)Math.Min(4L * sampleCount, (long)level.N * level.H * level.W);

    /// <summary>
    /// Fills the arrays; see <see cref="CellList"/> for their lengths and meaning. Corners of weight 0 make no entry, so at stride 1
    /// each sample makes one.
    /// </summary>
    /// <param name="counts">[2]: touched cells, entries.</param>
    /// <param name="cells">[capacity].</param>
    /// <param name="starts">[capacity + 1].</param>
    /// <param name="entrySamples">[4M].</param>
    /// <param name="entryWeights">[4M].</param>
    /// <param name="samples">[M*3]: (image, y, x).</param>
    /// <param name="level">The map.</param>
    /// <param name="scratch">Working memory for at least M samples; null allocates it.</param>
    public static void Build<T>(Span<int> counts, Span<int> cells, Span<int> starts, Span<int> entrySamples, Span<T> entryWeights,
        ReadOnlySpan<int> samples, in HypercolumnLevel level, CellListScratch? scratch = null) where T : unmanaged, INumber<T>
    {
        scratch ??= new CellListScratch(samples.Length / 3);
        int entries = MakeEntries(scratch, samples, level, out bool ascending);
        if (!ascending) Sort(scratch, entries, (long)level.N * level.H * level.W);

        var keys = scratch.Keys.AsSpan(0, entries);
        var weights = scratch.Weights;
        int touched = 0, previous = -1;
        for (int e = 0; e < entries; e++)
        {
            int cell = (int)(keys[e] >> 32), slot = (int)keys[e];
            if (cell != previous)
            {
                starts[touched] = e;
                cells[touched++] = previous = cell;
            }
            entrySamples[e] = slot >> 2;
            entryWeights[e] = T.CreateTruncating(weights[slot]);
        }
        starts[touched] = entries;
        counts[0] = touched;
        counts[1] = entries;
    }

    // Keys: cell in the high half, slot = 4 * sample + corner in the low half, where the weight lies.
    private static int MakeEntries(CellListScratch scratch, ReadOnlySpan<int> samples, in HypercolumnLevel level, out bool ascending)
    {
        var keys = scratch.Keys;
        var weights = scratch.Weights;
        int entries = 0, height = level.H, width = level.W;
        ascending = true;
        for (int m = 0; 3 * m < samples.Length; m++)
        {
            var (y0, y1, fy) = HypercolumnCoordinates.Map(samples[3 * m + 1], level.Stride, height);
            var (x0, x1, fx) = HypercolumnCoordinates.Map(samples[3 * m + 2], level.Stride, width);
            int image = samples[3 * m] * height;
            long upper = (long)(image + y0) * width, lower = (long)(image + y1) * width;
            Add(upper + x0, 0, (1 - fy) * (1 - fx), ref ascending);
            Add(upper + x1, 1, (1 - fy) * fx, ref ascending);
            Add(lower + x0, 2, fy * (1 - fx), ref ascending);
            Add(lower + x1, 3, fy * fx, ref ascending);

            void Add(long cell, int corner, double weight, ref bool inOrder)
            {
                if (weight == 0) return;
                int slot = 4 * m + corner;
                keys[entries] = cell << 32 | (uint)slot;
                weights[slot] = weight;
                inOrder &= entries == 0 || keys[entries] > keys[entries - 1];
                entries++;
            }
        }
        return entries;
    }

    // Least significant digit first over the digits that cells can have; keys come in ascending slots, and stability keeps them so.
    private static void Sort(CellListScratch scratch, int entries, long cellCount)
    {
        Span<int> offsets = stackalloc int[1 << RadixBits];
        for (int shift = 32; cellCount - 1 >> shift - 32 > 0; shift += RadixBits)
        {
            var from = scratch.Keys.AsSpan(0, entries);
            var to = scratch.OtherKeys.AsSpan(0, entries);
            offsets.Clear();
            foreach (long key in from) offsets[(int)(key >> shift) & offsets.Length - 1]++;
            int sum = 0;
            foreach (ref int offset in offsets) (offset, sum) = (sum, sum + offset);
            foreach (long key in from) to[offsets[(int)(key >> shift) & offsets.Length - 1]++] = key;
            scratch.Swap();
        }
    }
}
