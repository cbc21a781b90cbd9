using System.Globalization;

namespace PixelNet.Native.Benchmarks.Rows;

/// <summary>What a row of the table measures, as it is passed to a worker process: <c>vgg-forward 360x480</c>, <c>dense 360x480 256</c>, …</summary>
/// <param name="Kind">vgg-forward, vgg-training, gather, gather-training, head, step, dense, or a pass of a dense layer: linear-forward, linear-input, linear-weight.</param>
/// <param name="Height">Rows of the image; inputs of a dense layer.</param>
/// <param name="Width">Columns of the image; outputs of a dense layer.</param>
/// <param name="Count">Sampled pixels (gather, step), rows (head, linear), or width of the hidden layers (dense).</param>
internal sealed record Workload(string Kind, int Height, int Width, int Count)
{
    /// <summary>Classes of every head.</summary>
    public const int Classes = 19;

    /// <summary>Width of the hidden layers in head and step.</summary>
    public const int HeadWidth = 4096;

    /// <summary>Channels of VGG16's five tapped maps.</summary>
    public static readonly int[] TapChannels = [64, 128, 256, 512, 512];

    /// <summary>Convolutions of each block.</summary>
    public static readonly int[] Depths = [2, 2, 3, 3, 3];

    /// <summary>Whether an iteration takes seconds and gigabytes.</summary>
    public bool Large => Kind is "vgg-forward" or "dense" && Height * Width > 1 << 20;

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static Workload Parse(string text)
    {
        string[] parts = text.Split(' ');
        int[] size = [.. parts[1].Split('x').Select(part => int.Parse(part, CultureInfo.InvariantCulture))];
        return new Workload(parts[0], size[0], size[1], int.Parse(parts[2], CultureInfo.InvariantCulture));
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind} {Height}x{Width} {Count}");
}
