using PixelNet.Native.Sampling;

namespace PixelNet.Native.Data.Loading;

/// <summary>How training batches are made; see <see cref="BatchLoader"/>.</summary>
public sealed record LoaderOptions
{
    /// <summary>Rows of the network's input.</summary>
    public required int Height { get; init; }

    /// <summary>Columns of the network's input.</summary>
    public required int Width { get; init; }

    /// <summary>N: images a step.</summary>
    public required int Images { get; init; }

    /// <summary>Sampled pixels an image; M is N times that.</summary>
    public required int Pixels { get; init; }

    /// <summary>How pixels are chosen.</summary>
    public SamplingMode Sampling { get; init; } = SamplingMode.Uniform;

    /// <summary>Seed of order, augmentation and sampling.</summary>
    public ulong Seed { get; init; }

    /// <summary>Probability of a mirror image.</summary>
    public double Flip { get; init; }

    /// <summary>
    /// Range of the scale, relative to the whole image at input size. Above 1 a random part of the image fills the input; below 1 the image lies at a
    /// random place in it, its border pixels repeated around it and those labels ignored.
    /// </summary>
    public (double Min, double Max) Scale { get; init; } = (1, 1);

    /// <summary>Range of the gain of each colour channel; values are rounded and saturate at 255.</summary>
    public (double Min, double Max) Gain { get; init; } = (1, 1);

    /// <summary>Resize images by nearest neighbour, as the 2018 run did.</summary>
    public bool NearestResize { get; init; }

    /// <summary>Train id that ignored pixels get, to train void as a class of its own as the 2018 run did; null leaves them out. Padding always stays out.</summary>
    public byte? VoidClass { get; init; }

    /// <summary>Threads that prepare batches, from 1.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Batches that may be ready in advance, from 1.</summary>
    public int QueueCapacity { get; init; } = 3;

    /// <summary>Bytes of decoded images that may be kept; the first images of the list that fit are.</summary>
    public long CacheLimit { get; init; } = 1L << 30;

    /// <summary>Whether scales are drawn; if not, images are kept and used at input size.</summary>
    internal bool Scales => Scale is not (1, 1);
}
