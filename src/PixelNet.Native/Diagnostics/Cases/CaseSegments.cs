using PixelNet.Native.Backends;

namespace PixelNet.Native.Diagnostics.Cases;

/// <summary>Parameter segments of the optimiser cases.</summary>
internal static class CaseSegments
{
    /// <summary>
    /// Weights, biases with double rate and no decay, a frozen run of rate 0, weights again; between and behind them lie elements that belong to
    /// no segment and must stay. Lengths are odd; together they take four fifths of <paramref name="count"/> elements.
    /// </summary>
    public static IReadOnlyList<ParameterSegment> Of(int count)
    {
        int part = Math.Max(1, count / 5);
        return [new(0, part, 1, 1), new(part, part - 1, 2, 0), new(2L * part, part, 0, 1), new(3L * part + 1, part - 1, 0.5f, 0.25f)];
    }
}
