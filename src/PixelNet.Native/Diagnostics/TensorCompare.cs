using System.Globalization;
using PixelNet.Native.Diagnostics.Cases;

namespace PixelNet.Native.Diagnostics;

/// <summary>
/// Compares a tensor with the truth, in two ways that miss different faults: norm-wise, |actual - truth| / |truth| over the whole tensor (a
/// small systematic error everywhere), and element-wise, |actual[i] - truth[i]| within the rounding that element i can have gathered (one wrong
/// element among millions).
/// </summary>
public static class TensorCompare
{
    /// <summary>A tensor against the truth, under a case's limits.</summary>
    /// <param name="name">What the message calls the tensor.</param>
    /// <param name="actual">All elements.</param>
    /// <param name="truth">All elements, in double.</param>
    /// <param name="tolerance">Limits.</param>
    /// <param name="terms">K: terms of the sum behind one element.</param>
    /// <param name="magnitudes">sum|a b| of each element; empty = |truth[i]| plus the root mean square of the tensor.</param>
    /// <param name="shape">Extents, innermost last, for the index in the message; empty = flat.</param>
    /// <returns>One sentence on the first fault: tensor, index, both values, limit; null if there is none.</returns>
    public static string? Check(string name, ReadOnlySpan<double> actual, ReadOnlySpan<double> truth, CaseTolerance tolerance, long terms = 1,
        ReadOnlySpan<double> magnitudes = default, ReadOnlySpan<int> shape = default)
    {
        if (actual.Length != truth.Length) return $"{name} has {actual.Length} elements, the truth {truth.Length}";
        double typical = RootMeanSquare(truth);
        for (int i = 0; i < truth.Length; i++)
        {
            double limit = ElementLimit(i, truth, typical, tolerance, terms, magnitudes);
            // Written so that a NaN on either side fails.
            if (!(Math.Abs(actual[i] - truth[i]) <= limit))
                return string.Create(CultureInfo.InvariantCulture,
                    $"{name}[{Index(i, shape)}] is {actual[i]:G9}, the truth {truth[i]:G9}: off by {Math.Abs(actual[i] - truth[i]):E2}, "
                    + $"limit {limit:E2} for {terms} term(s)");
        }
        double error = RelativeError(actual, truth);
        return error <= tolerance.NormWise ? null : string.Create(CultureInfo.InvariantCulture,
            $"{name} is off by {error:E2} of its norm {Norm(truth):G6}, limit {tolerance.NormWise:E2}, though each element is within its own");
    }

    /// <summary>How far the worst element uses up its limit, under the limits of <see cref="Check"/>: 1 = just allowed; NaN where a NaN is.</summary>
    public static double WorstElement(ReadOnlySpan<double> actual, ReadOnlySpan<double> truth, CaseTolerance tolerance, long terms = 1, ReadOnlySpan<double> magnitudes = default)
    {
        double typical = RootMeanSquare(truth), worst = 0;
        for (int i = 0; i < truth.Length; i++)
        {
            double difference = Math.Abs(actual[i] - truth[i]);
            if (difference != 0) worst = Math.Max(worst, difference / ElementLimit(i, truth, typical, tolerance, terms, magnitudes));
        }
        return worst;
    }

    /// <summary>A result that has to be the truth itself, rounded to float: copies, selections, positions.</summary>
    /// <returns>One sentence on the first fault; null if there is none.</returns>
    public static string? CheckExact(string name, ReadOnlySpan<double> actual, ReadOnlySpan<double> truth, ReadOnlySpan<int> shape = default)
    {
        if (actual.Length != truth.Length) return $"{name} has {actual.Length} elements, the truth {truth.Length}";
        for (int i = 0; i < truth.Length; i++)
            if (actual[i] != (float)truth[i] && actual[i] != truth[i])
                return string.Create(CultureInfo.InvariantCulture,
                    $"{name}[{Index(i, shape)}] is {actual[i]:G9}, the truth {truth[i]:G9}, and must be exactly that");
        return null;
    }

    /// <summary>|actual - truth| / |truth|, Euclidean; 0/0 is 0; NaN if a NaN is among them.</summary>
    public static double RelativeError(ReadOnlySpan<double> actual, ReadOnlySpan<double> truth)
    {
        double error = 0;
        for (int i = 0; i < truth.Length; i++) error += (actual[i] - truth[i]) * (actual[i] - truth[i]);
        return error == 0 ? 0 : Math.Sqrt(error) / Norm(truth);
    }

    /// <summary>Typical size of an element; 0 of none.</summary>
    public static double RootMeanSquare(ReadOnlySpan<double> values) => Norm(values) / Math.Sqrt(Math.Max(values.Length, 1));

    private static double ElementLimit(int i, ReadOnlySpan<double> truth, double typical, CaseTolerance tolerance, long terms, ReadOnlySpan<double> magnitudes) =>
        4 * tolerance.Epsilon * Math.Sqrt(terms) * (magnitudes.IsEmpty ? Math.Abs(truth[i]) + typical : magnitudes[i]);

    private static double Norm(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values) sum += value * value;
        return Math.Sqrt(sum);
    }

    /// <summary>Such as <c>1, 4, 0, 17</c>.</summary>
    private static string Index(long flat, ReadOnlySpan<int> shape)
    {
        string text = "";
        for (int axis = shape.Length - 1; axis > 0; axis--)
        {
            text = $", {flat % shape[axis]}{text}";
            flat /= shape[axis];
        }
        return $"{flat}{text}";
    }
}
