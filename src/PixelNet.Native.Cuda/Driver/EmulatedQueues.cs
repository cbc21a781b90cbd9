using PixelNet.Native.Sampling;

namespace PixelNet.Native.Cuda.Driver;

/// <summary>
/// Streams, events and graphs of the emulated device. Work is done when it is queued; or, with a seed, only when the host waits for it, in one of
/// the orders that streams and events allow, drawn by the seed: where a wait is missing, some order gives other bytes.
/// </summary>
/// <param name="seed">Draws the order; null = at once.</param>
internal sealed class EmulatedQueues(ulong? seed)
{
    private readonly Dictionary<nint, Stream> _streams = new() { [0] = new Stream() };
    private readonly Dictionary<nint, Event> _events = [];
    private readonly Dictionary<nint, IReadOnlyList<Action>> _graphs = [];
    private PhiloxStream _random = new(seed ?? 0, 0, 0, 0);

    /// <summary>Whether some stream is being captured, when the host may not allocate, load or wait.</summary>
    public bool Capturing => _streams.Values.Any(stream => stream.Captured is not null);

    /// <summary>Adds a stream of this handle.</summary>
    public void AddStream(nint handle) => _streams.Add(handle, new Stream());

    /// <summary>Ends a stream, after what it holds.</summary>
    public void RemoveStream(nint handle)
    {
        Synchronize(handle);
        _streams.Remove(handle);
    }

    /// <summary>Adds an event of this handle.</summary>
    public void AddEvent(nint handle) => _events.Add(handle, new Event());

    /// <summary>Ends an event.</summary>
    public void RemoveEvent(nint handle)
    {
        Known(_events, handle, "event");
        _events.Remove(handle);
    }

    /// <summary>Gives a stream something to do.</summary>
    public void Queue(nint stream, Action work)
    {
        var known = Known(_streams, stream, "stream");
        if (known.Captured is { } captured) captured.Add(work);
        else Add(known, new(work));
    }

    /// <summary>The event happens when the stream gets there.</summary>
    public void Record(nint handle, nint stream)
    {
        var cudaEvent = Known(_events, handle, "event");
        long ticket = ++cudaEvent.Recorded;
        Add(NotCaptured(stream), new(() => cudaEvent.Happened = ticket));
    }

    /// <summary>What the stream is given from now on waits until the event's last record has happened.</summary>
    public void Wait(nint stream, nint handle)
    {
        var cudaEvent = Known(_events, handle, "event");
        long ticket = cudaEvent.Recorded;
        Add(NotCaptured(stream), new(() => { }, () => cudaEvent.Happened >= ticket));
    }

    /// <summary>Does what a stream holds, and whatever else happens to be done on the way.</summary>
    public void Synchronize(nint stream)
    {
        var waited = NotCaptured(stream);
        while (waited.Work.Count > 0) RunOne();
    }

    /// <summary>Waits for an event.</summary>
    public void SynchronizeEvent(nint handle)
    {
        var cudaEvent = Known(_events, handle, "event");
        while (cudaEvent.Happened < cudaEvent.Recorded) RunOne();
    }

    /// <summary>Does all that there is.</summary>
    public void Synchronize()
    {
        while (_streams.Values.Any(stream => stream.Work.Count > 0)) RunOne();
    }

    /// <summary>Writes down what the stream is given.</summary>
    public void BeginCapture(nint stream) => NotCaptured(stream).Captured = [];

    /// <summary>Keeps what was written down as a graph of this handle.</summary>
    public void EndCapture(nint stream, nint graph)
    {
        var known = Known(_streams, stream, "stream");
        _graphs.Add(graph, known.Captured ?? throw new CudaException($"the stream {stream} is not being captured"));
        known.Captured = null;
    }

    /// <summary>Queues all that a graph holds.</summary>
    public void LaunchGraph(nint graph, nint stream)
    {
        var works = Known(_graphs, graph, "graph");
        Add(NotCaptured(stream), new(() =>
        {
            foreach (var work in works) work();
        }));
    }

    /// <summary>Ends a graph.</summary>
    public void RemoveGraph(nint graph)
    {
        Known(_graphs, graph, "graph");
        _graphs.Remove(graph);
    }

    /// <summary>What stands behind a handle.</summary>
    public static T Known<T>(Dictionary<nint, T> handles, nint handle, string kind) =>
        handles.TryGetValue(handle, out var known) ? known : throw new CudaException($"there is no {kind} {handle}");

    private void Add(Stream stream, Item item)
    {
        stream.Work.Enqueue(item);
        if (seed is null) RunOne();
    }

    // There always is one: an event is recorded before it can be waited for.
    private void RunOne()
    {
        var ready = _streams.Values.Where(stream => stream.Work.TryPeek(out var first) && first.Ready?.Invoke() != false).ToArray();
        ready[_random.NextInt(ready.Length)].Work.Dequeue().Run();
    }

    private Stream NotCaptured(nint stream)
    {
        var known = Known(_streams, stream, "stream");
        return known.Captured is null ? known : throw new CudaException($"the stream {stream} is being captured: it can be given launches, fills and copies on the device only");
    }

    private sealed record Item(Action Run, Func<bool>? Ready = null);

    private sealed class Stream
    {
        public Queue<Item> Work { get; } = [];

        public List<Action>? Captured { get; set; }
    }

    private sealed class Event
    {
        public long Recorded { get; set; }

        public long Happened { get; set; }
    }
}
