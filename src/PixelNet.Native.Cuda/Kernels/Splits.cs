namespace PixelNet.Native.Cuda.Kernels;

/// <summary>How the depth of a sum (pixels, rows) is cut into parts that blocks add up apart: by the shape alone, so that the order of additions is.</summary>
internal static class Splits
{
    /// <summary>Parts begin at multiples of it.</summary>
    private const int Step = 16;

    // Fewer terms in a part are not worth a pass over the outputs.
    private const int LeastLength = 128;

    /// <summary>How many parts a sum over <paramref name="depth"/> has whose outputs are <paramref name="tiles"/> blocks: as many as are resident at once.</summary>
    /// <param name="tiles">Blocks of a part.</param>
    /// <param name="depth">Terms of a sum.</param>
    /// <param name="resident">Blocks that a multiprocessor holds.</param>
    public static int Count(long tiles, int depth, int resident = 2)
    {
        int wanted = (int)Math.Max(1, Math.Min(resident * LaunchShape.Multiprocessors / Math.Max(tiles, 1), depth / LeastLength));
        return Math.Max(1, LaunchShape.Blocks(depth, Length(depth, wanted)));
    }

    /// <summary>Terms of each part but the last: a multiple of <see cref="Step"/>.</summary>
    public static int Length(int depth, int parts) => (LaunchShape.Blocks(depth, parts) + Step - 1) / Step * Step;
}
