using PixelNet.Native.Cuda.Driver;

namespace PixelNet.Native.KernelBench.Measurement;

/// <summary>
/// Times work that is queued in a stream, by events around replays of a captured graph: warm-up; as many calls a sample that it lasts
/// <see cref="SampleMilliseconds"/> at least; then <see cref="Samples"/> samples. Calls go round over several sets of buffers, so that the cache of the
/// one is not the next one's.
/// </summary>
/// <param name="driver">The device.</param>
/// <param name="stream">Where the work is queued.</param>
public sealed class StreamClock(ICudaDriver driver, nint stream)
{
    /// <summary>Samples of a measurement.</summary>
    public const int Samples = 11;

    /// <summary>Samples where a call alone lasts longer than <see cref="LongMilliseconds"/>.</summary>
    public const int FewSamples = 3;

    /// <summary>Least duration of a sample.</summary>
    public const double SampleMilliseconds = 20;

    /// <summary>Least warm-up, beside a call on each set.</summary>
    public const double WarmUpMilliseconds = 50;

    private const double LongMilliseconds = 100;
    private const int MostCallsOfAGraph = 256;

    /// <summary>Times one call.</summary>
    /// <param name="rotation">The call on each set of buffers in turn; it queues work in the stream and neither waits nor allocates.</param>
    public Timing Measure(IReadOnlyList<Action> rotation)
    {
        // Loads modules, and finds algorithms, before anything is captured.
        foreach (var call in rotation) call();
        driver.SynchronizeStream(stream);
        nint start = driver.CreateEvent(), end = driver.CreateEvent();
        try
        {
            double milliseconds = WithGraph(rotation, rotation.Count, graph =>
            {
                double all = 0, last;
                do all += last = Elapsed(graph, 1, start, end);
                while (all < WarmUpMilliseconds);
                return last / rotation.Count;
            });
            long needed = (long)Math.Ceiling(SampleMilliseconds / Math.Max(milliseconds, 1e-6));
            int inGraph = (int)Math.Clamp((needed + rotation.Count - 1) / rotation.Count * rotation.Count, rotation.Count, Math.Max(rotation.Count, MostCallsOfAGraph / rotation.Count * rotation.Count));
            long replays = Math.Max(1, (needed + inGraph - 1) / inGraph);
            int samples = milliseconds > LongMilliseconds ? FewSamples : Samples;
            return WithGraph(rotation, inGraph, graph =>
            {
                // The first replay of a graph sends it to the device, which a long call does not notice.
                if (milliseconds <= LongMilliseconds) Elapsed(graph, 1, start, end);
                return Timing.Of([.. Enumerable.Range(0, samples).Select(_ => 1000 * Elapsed(graph, replays, start, end) / (replays * inGraph))], replays * inGraph);
            });
        }
        finally
        {
            driver.DestroyEvent(start);
            driver.DestroyEvent(end);
        }
    }

    private T WithGraph<T>(IReadOnlyList<Action> rotation, int calls, Func<nint, T> use)
    {
        driver.BeginCapture(stream);
        for (int i = 0; i < calls; i++) rotation[i % rotation.Count]();
        nint graph = driver.EndCapture(stream);
        try
        {
            return use(graph);
        }
        finally
        {
            driver.DestroyGraph(graph);
        }
    }

    private double Elapsed(nint graph, long replays, nint start, nint end)
    {
        driver.RecordEvent(start, stream);
        for (long i = 0; i < replays; i++) driver.LaunchGraph(graph, stream);
        driver.RecordEvent(end, stream);
        driver.SynchronizeEvent(end);
        return driver.GetElapsedMilliseconds(start, end);
    }
}
