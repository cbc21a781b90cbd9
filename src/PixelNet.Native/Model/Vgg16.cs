namespace PixelNet.Native.Model;

/// <summary>
/// VGG16 "D" (Simonyan and Zisserman, 2015) as far as the deepest tap: blocks of 3x3 convolutions at strides 1, 2, 4, 8, 16 with a pool between
/// neighbours, then fc6 (7x7, pad 3) and fc7 (1x1) as convolutions at stride 32 (pixelnet.md 1). Shapes of filters only; maps get theirs in
/// <see cref="Vgg16Trunk"/>.
/// </summary>
public static class Vgg16
{
    /// <summary>The blocks from the image to the deepest tap.</summary>
    public static IReadOnlyList<BlockSpec> Blocks(PixelNetConfig config)
    {
        int[] depth = [2, 2, 3, 3, 3, 2];
        var blocks = new List<BlockSpec>();
        int channels = 3, last = PixelNetConfig.BlockOf(config.Taps[^1]);
        for (int b = 0; b <= last; b++)
        {
            var convolutions = new List<ConvolutionSpec>();
            for (int i = 0; i < depth[b]; i++)
            {
                string number = b == 5 ? $"{6 + i}" : $"{b + 1}_{i + 1}";
                var (size, pad) = b < 5 ? (3, 1) : i == 0 ? (7, 3) : (1, 0);
                convolutions.Add(new(b == 5 ? $"fc{number}" : $"conv{number}", $"bn{number}", channels, channels = config.Channels(b), size, pad));
            }
            blocks.Add(new(b, 1 << b, config.Taps.Contains(PixelNetConfig.TapNames[b]), convolutions));
        }
        return blocks;
    }
}

/// <summary>A block of the trunk.</summary>
/// <param name="Index">Its number, from 0; 5 is fc6 and fc7.</param>
/// <param name="Stride">Stride of its maps.</param>
/// <param name="Tapped">Whether its last map is tapped.</param>
/// <param name="Convolutions">Its convolutions.</param>
public sealed record BlockSpec(int Index, int Stride, bool Tapped, IReadOnlyList<ConvolutionSpec> Convolutions);

/// <summary>A convolution with its batch normalisation, if the network has it.</summary>
/// <param name="Name">Such as <c>conv1_1</c>.</param>
/// <param name="NormName">Such as <c>bn1_1</c>.</param>
/// <param name="In">Channels in.</param>
/// <param name="Out">Channels out.</param>
/// <param name="Size">Rows and columns of its filters.</param>
/// <param name="Pad">Zeros around its input.</param>
public sealed record ConvolutionSpec(string Name, string NormName, int In, int Out, int Size, int Pad);
