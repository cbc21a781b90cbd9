using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Evaluation;

/// <summary>The pixels of a tile on some of the tapped maps.</summary>
/// <param name="Maps">The maps, or rows of them.</param>
/// <param name="Levels">Their sizes.</param>
/// <param name="Samples">(image, y, x), int32 [M,3], with y counted from the maps' first row.</param>
internal readonly record struct TilePixels(IReadOnlyList<Tensor> Maps, IReadOnlyList<HypercolumnLevel> Levels, Tensor Samples);
