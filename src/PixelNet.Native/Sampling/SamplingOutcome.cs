namespace PixelNet.Native.Sampling;

/// <summary>What was unusual about the samples of a batch.</summary>
/// <param name="ShortImage">The first image with fewer valid pixels than its share, so that they were taken several times, or other images took its share; -1 = none.</param>
/// <param name="ValidPixels">How many valid pixels that image has.</param>
public readonly record struct SamplingOutcome(int ShortImage, int ValidPixels);
