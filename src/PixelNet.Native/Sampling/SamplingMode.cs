namespace PixelNet.Native.Sampling;

/// <summary>How the pixels of a training image are chosen.</summary>
public enum SamplingMode
{
    /// <summary>Uniformly over the valid pixels, as the authors do.</summary>
    Uniform,

    /// <summary>The same number from each class that is present in the image (uhcs-segment's stratified sampling).</summary>
    Balanced,
}
