using PixelNet.Native.Backends;
using PixelNet.Native.Model;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Evaluation;

/// <summary>What a prediction is planned from.</summary>
/// <param name="Parameters">The network's tensors.</param>
/// <param name="Backend">Where they lie.</param>
/// <param name="Preprocessing">Order, gains and offsets of the channels.</param>
/// <param name="TilePixels">Pixels that go through the head at once.</param>
/// <param name="Seed">Seed of the dropout masks, where the network's dropout stays on in prediction.</param>
/// <param name="Height">Rows of the image that the network sees.</param>
/// <param name="Width">Its columns.</param>
internal sealed record PredictionSetup(ModelParameters Parameters, IBackend Backend, ChannelTransform Preprocessing, int TilePixels, ulong Seed, int Height, int Width)
{
    public PixelNetConfig Config => Parameters.Config;

    public ElementType Real => Parameters.Values.Type;

    public long Pixels => (long)Height * Width;

    /// <summary>Pixels of a tile: M.</summary>
    public int Tile => (int)Math.Min(TilePixels, Pixels);

    /// <summary>Tiles of the image. The last is as long as the others; what lies beyond the image is computed and never read.</summary>
    public int Tiles => (int)((Pixels + Tile - 1) / Tile);

    /// <summary>What the trunk sees: images that are smaller than the deepest stride are extended to it.</summary>
    public NormalizeSizes Input
    {
        get
        {
            int deepest = 1 << PixelNetConfig.BlockOf(Config.Taps[^1]);
            return new(1, Math.Max(Height, deepest), Math.Max(Width, deepest));
        }
    }
}
