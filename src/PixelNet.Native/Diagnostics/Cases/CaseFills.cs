using PixelNet.Native.Sampling;

namespace PixelNet.Native.Diagnostics.Cases;

/// <summary>Writes the first values of a tensor, drawing from a sequence of its own.</summary>
/// <param name="values">All elements, row-major; integers too are given as doubles.</param>
/// <param name="random">The tensor's sequence, a function of the case's seed and the tensor's place in the declaration.</param>
public delegate void CaseFill(Span<double> values, ref PhiloxStream random);

/// <summary>
/// The usual first values. All are float numbers, so a run in float and a run in double start from the same ones.
/// </summary>
public static class CaseFills
{
    /// <summary>Uniform in [low, high).</summary>
    public static CaseFill Uniform(double low, double high) => (Span<double> values, ref PhiloxStream random) =>
    {
        foreach (ref double value in values) value = (float)(low + (high - low) * random.NextDouble());
    };

    /// <summary>What a ReLU leaves: about two fifths exact zeros, the others uniform in [0.01, high).</summary>
    public static CaseFill Rectified(double high) => (Span<double> values, ref PhiloxStream random) =>
    {
        foreach (ref double value in values)
        {
            bool positive = random.NextDouble() < 0.6;
            double size = 0.01 + (high - 0.01) * random.NextDouble();
            value = positive ? (float)size : 0;
        }
    };

    /// <summary>Multiples of <paramref name="step"/> in [low, high]: exact in float, with many ties.</summary>
    public static CaseFill Grid(double low, double high, double step) => (Span<double> values, ref PhiloxStream random) =>
    {
        int count = (int)Math.Round((high - low) / step) + 1;
        foreach (ref double value in values) value = (float)(low + step * random.NextInt(count));
    };

    /// <summary>Whole numbers 0 .. bound-1.</summary>
    public static CaseFill Integers(int bound) => (Span<double> values, ref PhiloxStream random) =>
    {
        foreach (ref double value in values) value = random.NextInt(bound);
    };

    /// <summary>Given numbers.</summary>
    public static CaseFill Given<T>(IReadOnlyList<T> numbers) where T : struct, IConvertible => (Span<double> values, ref PhiloxStream _) =>
    {
        for (int i = 0; i < values.Length; i++) values[i] = numbers[i].ToDouble(null);
    };
}
