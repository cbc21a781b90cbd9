using PixelNet.Native.Backends;

namespace PixelNet.Native.Evaluation;

/// <summary>
/// How a prediction in bands trades memory for time. Deep maps lag behind shallow ones, by half their receptive field and what the tiles of Winograd's
/// convolution add to it, and what the head reads of a shallow map must wait for them.
/// </summary>
/// <param name="Rows">Rows of the image that go through the trunk together; maps of stride s go by Rows/s of theirs, at least 4.</param>
/// <param name="Remade">The shallowest tapped maps that are made a second time, when the head wants them, instead of waiting in memory.</param>
internal readonly record struct BandLayout(int Rows, int Remade)
{
    private const int Tile = RollingNode.Tile;
    private const int Largest = 256;
    private const int MostRemade = 2;

    /// <summary>Rows at once of a map of that stride: a multiple of 4.</summary>
    public int RowsAtOnce(int stride) => Math.Max(Tile, Rows / stride / Tile * Tile);

    /// <summary>
    /// The layouts for an image, fastest first: nothing made twice before something, larger bands before smaller ones. In each, transformed filters are kept
    /// as far as memory allows.
    /// </summary>
    public static IEnumerable<BandLayout> For(NormalizeSizes input, int taps)
    {
        // An image of not much more than a band goes through as one.
        int rowsOfBand = input.H <= 2 * Largest ? input.H : Largest, largest = Tile;
        while (largest < rowsOfBand) largest *= 2;
        for (int remade = 0; remade < taps && remade <= MostRemade; remade++)
            for (int rows = largest; rows >= Tile; rows /= 2) yield return new(rows, remade);
    }
}
