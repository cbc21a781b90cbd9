using System.Runtime.ExceptionServices;
using PixelNet.Native.Backends;
using PixelNet.Native.Sampling;

namespace PixelNet.Native.Data.Loading;

/// <summary>
/// Prepares training batches on threads of its own, a bounded number ahead of the trainer. A batch depends on the data set, the options and its step
/// alone, never on threads or on what came before, so a resumed run simply begins at its step. Batches are made once and go round.
/// </summary>
public sealed class BatchLoader : IBatchSource
{
    private readonly object _gate = new();
    private readonly Stack<HostBatch> _free = new();
    // A ring: the result of step s lies in slot s modulo its length.
    private readonly Result[] _results;
    private readonly ImageCache _cache;
    private readonly ISegmentationDataset _dataset;
    private readonly LoaderOptions _options;
    private readonly List<Thread> _threads = [];
    private long _nextToMake, _nextToTake;
    private bool _stopped, _warned;

    /// <summary>Makes the batches; the threads start with the first <see cref="Take"/>.</summary>
    /// <param name="dataset">What is trained on.</param>
    /// <param name="options">Sizes, sampling, augmentation, threads, memory.</param>
    /// <param name="levels">The hypercolumn's levels, for the cell lists.</param>
    /// <exception cref="PixelNetException">The data set is empty, or an option is out of range.</exception>
    public BatchLoader(ISegmentationDataset dataset, LoaderOptions options, IReadOnlyList<HypercolumnLevel> levels)
    {
        Check(dataset, options);
        (_dataset, _options) = (dataset, options);
        _cache = new ImageCache(dataset, options);
        // One batch is with the trainer while the queue is full.
        _results = new Result[options.QueueCapacity + 1];
        for (int i = 0; i < _results.Length; i++)
            _free.Push(new HostBatch(new NormalizeSizes(options.Images, options.Height, options.Width), options.Images * options.Pixels, levels));
        BatchBytes = PlanBytes(options, levels);
    }

    /// <summary>Called once, from within <see cref="Take"/>, with a sentence when an image has fewer labelled pixels than are sampled.</summary>
    public event Action<string>? Warning;

    /// <summary>Bytes of decoded images that are kept once all have been seen; known from the headers before any is read.</summary>
    public long CacheBytes => _cache.PlannedBytes;

    /// <summary>Bytes of the batches that go round and of the threads' scratch.</summary>
    public long BatchBytes { get; }

    /// <summary>Bytes of the batches that will go round and of the threads' scratch, before any is made.</summary>
    /// <param name="options">Sizes and numbers.</param>
    /// <param name="levels">The hypercolumn's levels.</param>
    public static long PlanBytes(LoaderOptions options, IReadOnlyList<HypercolumnLevel> levels)
    {
        long images = 3L * options.Images * options.Height * options.Width, samples = (long)options.Images * options.Pixels;
        // Samples, targets and the cell lists' scratch; counts, cells, starts, samples and weights of each list.
        long batch = images + (4 * 4 + 96) * samples + levels.Sum(level => 4 * (2 + 2L * CellListBuilder.Capacity(level, (int)samples) + 1 + 8 * samples));
        return (options.QueueCapacity + 1) * batch + options.Threads * BatchBuilder.ScratchBytes(options);
    }

    /// <inheritdoc/>
    public HostBatch Take(long step)
    {
        Result result;
        bool warns;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopped, this);
            if (_threads.Count == 0) Start(step);
            ArgumentOutOfRangeException.ThrowIfNotEqual(step, _nextToTake);
            ref var slot = ref _results[step % _results.Length];
            while (slot.Step != step) Monitor.Wait(_gate);
            result = slot;
            if (result.Failure is null) _nextToTake++;
            warns = result.Outcome.ShortImage >= 0 && !_warned;
            _warned |= warns;
        }
        if (warns) Warning?.Invoke(ShortSentence(step, result.Outcome));
        if (result.Failure is PixelNetException failure) throw new PixelNetException(failure.Message, failure);
        if (result.Failure is not null) ExceptionDispatchInfo.Throw(result.Failure);
        return result.Batch!;
    }

    /// <inheritdoc/>
    public void Return(HostBatch batch)
    {
        lock (_gate)
        {
            _free.Push(batch);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Drops what was prepared, so that the next <see cref="Take"/> may ask for any step; every batch has to be back.</summary>
    public void Rewind()
    {
        Dispose();
        // What was ready but not taken goes round again.
        foreach (var result in _results)
            if (result.Step >= _nextToTake && result.Batch is { } batch) _free.Push(batch);
        Array.Clear(_results);
        _threads.Clear();
        _stopped = false;
    }

    /// <summary>Stops and joins the threads.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopped = true;
            Monitor.PulseAll(_gate);
        }
        foreach (var thread in _threads) thread.Join();
    }

    private void Start(long step)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        _nextToMake = _nextToTake = step;
        for (int i = 0; i < _options.Threads; i++)
        {
            var thread = new Thread(Work) { IsBackground = true, Name = $"Batch loader {i + 1}" };
            _threads.Add(thread);
            thread.Start();
        }
    }

    private void Work()
    {
        var builder = new BatchBuilder(_dataset, _options, _cache);
        while (true)
        {
            long step;
            HostBatch? batch;
            lock (_gate)
            {
                // Step and batch are taken together: the lowest open step always has one, so the trainer never waits for a batch that waits.
                while (!_stopped && !_free.TryPeek(out _)) Monitor.Wait(_gate);
                if (_stopped) return;
                (step, batch) = (_nextToMake++, _free.Pop());
            }
            var outcome = new SamplingOutcome(-1, 0);
            Exception? failure = null;
            try
            {
                outcome = builder.Build(batch, step);
            }
            catch (Exception thrown)
            {
                failure = thrown;
            }
            lock (_gate)
            {
                _results[step % _results.Length] = new Result(step, batch, outcome, failure);
                Monitor.PulseAll(_gate);
                // A batch with a failure is never taken, so its thread can end; the trainer ends at that step.
                if (failure is not null) return;
            }
        }
    }

    private string ShortSentence(long step, SamplingOutcome outcome) => _dataset.LabelPath(outcome.ShortImage) + (outcome.ValidPixels == 0
        ? $" has no labelled pixel in what step {step} sees of it; the other images of the step take its share"
        : $" has only {outcome.ValidPixels} labelled pixels in what step {step} sees of it, fewer than its share of the {_options.Images * _options.Pixels} samples; they are taken several times");

    private static void Check(ISegmentationDataset dataset, LoaderOptions options)
    {
        if (dataset.Count == 0) throw new PixelNetException($"The split {dataset.Split} holds no images to train on; check the data folder");
        Require(options.Height > 0 && options.Width > 0, "the input size must be at least 1 x 1");
        Require(3L * options.Images * options.Height * options.Width <= Array.MaxLength, "the images of a step exceed 2 GiB; take fewer or smaller ones");
        Require(options.Images > 0 && options.Pixels > 0, "images and pixels a step must be at least 1");
        Require((long)options.Images * options.Pixels <= 1 << 24, "images times pixels a step must be at most 2^24");
        Require(options.Flip is >= 0 and <= 1, "the probability of a flip must lie in 0 .. 1");
        Require(options.Scale is { Min: >= 0.05, Max: <= 20 } && options.Scale.Min <= options.Scale.Max, "the scale must be a range [min, max] within 0.05 .. 20");
        Require(options.Gain is { Min: >= 0, Max: <= 100 } && options.Gain.Min <= options.Gain.Max, "the gain must be a range [min, max] within 0 .. 100");
        Require(options.Threads is >= 1 and <= 256 && options.QueueCapacity is >= 1 and <= 1024, "the loader needs 1 to 256 threads and a queue of 1 to 1024 batches");

        static void Require(bool holds, string rule)
        {
            if (!holds) throw new PixelNetException($"The batch loader cannot start: {rule}; correct the configuration");
        }
    }

    private readonly record struct Result(long Step, HostBatch? Batch, SamplingOutcome Outcome, Exception? Failure);
}
