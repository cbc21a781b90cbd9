namespace PixelNet.Native.Diagnostics;

/// <summary>The slope of a function along a line at 0.</summary>
/// <param name="Left">From the left; where there is no kink, from both sides at once.</param>
/// <param name="Right">From the right.</param>
/// <param name="Kink">Whether the function bends at 0 itself, so that the two may differ.</param>
internal readonly record struct Slope(double Left, double Right, bool Kink);

/// <summary>
/// Measures slopes by central differences, and notices kinks. A network is smooth except where a ReLU's input is 0 and where two values of a
/// pooling window are equal; which side each element is on is its branch. If the branches at -h, 0 and +h are the same, no kink lies between,
/// and (f(h) - f(-h))/2h is the slope up to h^2. If not, h was too long: the kink lies nearby, and a tenth and then a hundredth of the step is
/// tried, which costs digits (rounding grows as 1/h) but is still far below the limit. If even that changes a branch, the kink is at 0 itself: a
/// tie. There the function has two slopes, and a gradient has to be one of them.
/// </summary>
/// <param name="objective">The function at the present position.</param>
/// <param name="branches">The branches taken at the last call of <paramref name="objective"/>.</param>
/// <param name="step">h.</param>
internal sealed class SlopeMeter(Func<double> objective, Func<byte[]> branches, double step)
{
    private const double Shortest = 1e-2;
    private double _centre;
    private byte[] _branches = [];

    /// <summary>Looks at the function where it stands: what <see cref="Along"/> calls 0.</summary>
    public void Begin()
    {
        _centre = objective();
        _branches = branches();
    }

    /// <summary>The slope at 0 of t -> objective after <paramref name="move"/>(t); leaves the function moved to 0.</summary>
    public Slope Along(Action<double> move)
    {
        for (double h = step; ; h /= 10)
        {
            var (before, sameBefore) = At(-h);
            var (behind, sameBehind) = At(h);
            bool smooth = sameBefore && sameBehind;
            if (!smooth && h > 1.5 * Shortest * step) continue;
            move(0);
            double central = (behind - before) / (2 * h);
            return smooth ? new(central, central, false) : new((_centre - before) / h, (behind - _centre) / h, true);
        }

        (double Value, bool SameBranches) At(double t)
        {
            move(t);
            double value = objective();
            return (value, branches().AsSpan().SequenceEqual(_branches));
        }
    }
}
