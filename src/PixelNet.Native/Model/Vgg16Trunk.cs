using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Model;

/// <summary>
/// The VGG16 trunk for one image size: thirteen convolutions and four pools to conv5_3, then pool5, fc6 and fc7 where fc7 is tapped (pixelnet.md 1);
/// it ends at the deepest tap. Maps are [N, H/s, W/s, C] with s the block's stride 1, 2, 4, 8, 16, 32, rounded down pool by pool.
/// </summary>
/// <param name="X">The normalised image [N,H,W,3].</param>
/// <param name="Blocks">The blocks, from the image on.</param>
/// <param name="Levels">Sizes, strides and columns of the tapped maps.</param>
public sealed record Vgg16Trunk(Tensor X, TrunkBlock[] Blocks, IReadOnlyList<HypercolumnLevel> Levels)
{
    /// <summary>The tapped blocks, in the order of <see cref="Levels"/>.</summary>
    public IEnumerable<TrunkBlock> TappedBlocks => Blocks.Where(block => block.Level is not null);

    /// <summary>Whether anything in the trunk learns.</summary>
    public bool Learns => Blocks[^1].Learns;
}
