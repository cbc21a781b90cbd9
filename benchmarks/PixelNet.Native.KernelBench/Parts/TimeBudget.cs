using System.Diagnostics;

namespace PixelNet.Native.KernelBench.Parts;

/// <summary>Time that a part may take: what would begin later is left out and said to be.</summary>
/// <param name="limit">From now on.</param>
internal sealed class TimeBudget(TimeSpan limit)
{
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>Whether something else may begin.</summary>
    public bool IsLeft => Stopwatch.GetElapsedTime(_start) < limit;
}
