namespace PixelNet.Native.Sampling;

/// <summary>
/// The purposes of <see cref="PhiloxStream"/> of loader and initialisation; each has its own sequences, so that changing one (say, the flip probability)
/// leaves the others as they were. None is 0: that is where dropout's counters lie.
/// </summary>
public static class RandomPurpose
{
    /// <summary>Order of the images in epoch a.</summary>
    public const uint Shuffle = 0x10;

    /// <summary>Flip, scale, crop and gain of the b-th image of step a.</summary>
    public const uint Augmentation = 0x11;

    /// <summary>Sampled pixels of the b-th image of step a.</summary>
    public const uint Pixels = 0x12;

    /// <summary>First values of the parameter tensor whose name hashes to a, chunk b.</summary>
    public const uint Initialization = 0x13;

    /// <summary>The synthetic street scene b of split a.</summary>
    public const uint Scene = 0x14;
}
