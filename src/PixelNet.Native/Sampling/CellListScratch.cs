namespace PixelNet.Native.Sampling;

/// <summary>Working memory of <see cref="CellListBuilder"/>, so that a step allocates nothing: 96 bytes a sample. One user at a time.</summary>
/// <param name="sampleCount">M: samples of the largest list.</param>
public sealed class CellListScratch(int sampleCount)
{
    internal long[] Keys { get; private set; } = new long[4 * sampleCount];

    internal long[] OtherKeys { get; private set; } = new long[4 * sampleCount];

    internal double[] Weights { get; } = new double[4 * sampleCount];

    internal void Swap() => (Keys, OtherKeys) = (OtherKeys, Keys);
}
