namespace PixelNet.Native.Backends.Cpu;

/// <summary>
/// Which algorithm a convolution's passes take: F(4x4,3x3), F(2x2,3x3), or the direct sum. By the sizes alone, so the bytes of a result depend on nothing
/// else. The costs are multiply-adds, with an estimate of the transforms'; what they choose is measured by <c>bench convolutions</c>.
/// </summary>
internal sealed class ConvolutionChoice
{
    private const int MinTilesOfGradient = 32;

    // A product of a position costs 1, a value transformed about this much: an estimate.
    private const double TransformCost = 8;

    private readonly bool _exact;
    private readonly WinogradKernel _four, _two;

    /// <summary>Choices at a level of <see cref="MicroKernel.Levels"/>.</summary>
    /// <param name="level">Level of the transforms.</param>
    /// <param name="exact">Always the direct sum.</param>
    public ConvolutionChoice(string level, bool exact)
    {
        _exact = exact;
        (_four, _two) = (WinogradKernel.Of(level, 4), WinogradKernel.Of(level, 2));
    }

    /// <summary>
    /// For a weight gradient; null = direct. With few tiles there is nothing to gain, and an element would be the sum of few products but rounded like
    /// those of its whole tiles.
    /// </summary>
    public WinogradKernel? ForWeightGradient(in Conv2dSizes sizes) =>
        ForCorrelation(sizes) is { } transform && new WinogradTiles(sizes, transform.Outputs).Count >= MinTilesOfGradient ? transform : null;

    /// <summary>For a forward pass, or an input gradient, whose sizes are those of <see cref="Correlation.InputGradientSizes"/>; null = direct.</summary>
    public WinogradKernel? ForCorrelation(in Conv2dSizes sizes)
    {
        // The transforms work on whole registers of channels.
        if (_exact || sizes is not { R: 3, S: 3 } || Math.Min(sizes.C, sizes.K) < _four.Vector) return null;
        // Per image and pair of channels; a transform serves all channels of the other side.
        double transforms = 1 + TransformCost / sizes.C + TransformCost / sizes.K;
        double direct = 9.0 * sizes.P * sizes.Q, four = Products(sizes, _four) * transforms, two = Products(sizes, _two) * transforms;
        if (direct <= Math.Min(four, two)) return null;
        return four <= two ? _four : _two;
    }

    private static double Products(in Conv2dSizes sizes, in WinogradKernel tile) =>
        (double)tile.Positions * ((sizes.P + tile.Outputs - 1) / tile.Outputs) * ((sizes.Q + tile.Outputs - 1) / tile.Outputs);
}
