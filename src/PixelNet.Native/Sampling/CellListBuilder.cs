using System.Numerics;
using PixelNet.Native.Backends;

namespace PixelNet.Native.Sampling;

/// <summary>Builds the <see cref="CellList"/> of one level from sample coordinates: the transpose of the bilinear gather.</summary>
public static class CellListBuilder
{
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
    public static void Build<T>(Span<int> counts, Span<int> cells, Span<int> starts, Span<int> entrySamples, Span<T> entryWeights,
        ReadOnlySpan<int> samples, in HypercolumnLevel level) where T : unmanaged, INumber<T>
    {
        int sampleCount = samples.Length / 3;
        var sizes = level;
        var keys = new long[4 * sampleCount];
        var weights = new double[4 * sampleCount];
        int entries = 0;
        for (int m = 0; m < sampleCount; m++)
        {
            int image = samples[3 * m];
            var (y0, y1, fy) = HypercolumnCoordinates.Map(samples[3 * m + 1], level.Stride, level.H);
            var (x0, x1, fx) = HypercolumnCoordinates.Map(samples[3 * m + 2], level.Stride, level.W);
            Add(y0, x0, (1 - fy) * (1 - fx));
            Add(y0, x1, (1 - fy) * fx);
            Add(y1, x0, fy * (1 - fx));
            Add(y1, x1, fy * fx);

            void Add(int y, int x, double weight)
            {
                if (weight == 0) return;
                long cell = ((long)image * sizes.H + y) * sizes.W + x;
                keys[entries] = cell << 32 | (uint)m;
                weights[entries++] = weight;
            }
        }
        Array.Sort(keys, weights, 0, entries);

        int touched = 0;
        for (int e = 0; e < entries; e++)
        {
            int cell = (int)(keys[e] >> 32);
            if (touched == 0 || cells[touched - 1] != cell)
            {
                starts[touched] = e;
                cells[touched++] = cell;
            }
            entrySamples[e] = (int)keys[e];
            entryWeights[e] = T.CreateTruncating(weights[e]);
        }
        starts[touched] = entries;
        counts[0] = touched;
        counts[1] = entries;
    }
}
