namespace PixelNet.Native.KernelBench.Measurement;

/// <summary>What the samples of one measurement say, in microseconds a call.</summary>
/// <param name="MedianUs">Median of the samples.</param>
/// <param name="MinUs">The shortest.</param>
/// <param name="IqrUs">Distance of the quartiles: two medians nearer than the larger of their IQRs are not told apart.</param>
/// <param name="Samples">How many.</param>
/// <param name="Calls">Calls in each.</param>
public sealed record Timing(double MedianUs, double MinUs, double IqrUs, int Samples, long Calls)
{
    /// <summary>The same from the samples.</summary>
    public static Timing Of(IEnumerable<double> microseconds, long calls)
    {
        double[] sorted = [.. microseconds.Order()];
        return new(Quantile(sorted, 0.5), sorted[0], Quantile(sorted, 0.75) - Quantile(sorted, 0.25), sorted.Length, calls);
    }

    /// <summary>Linear between the neighbouring ranks.</summary>
    private static double Quantile(double[] sorted, double share)
    {
        double rank = share * (sorted.Length - 1);
        int below = (int)rank;
        return below + 1 == sorted.Length ? sorted[below] : sorted[below] + (rank - below) * (sorted[below + 1] - sorted[below]);
    }
}
