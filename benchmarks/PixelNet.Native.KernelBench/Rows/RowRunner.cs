using PixelNet.Native.Cuda;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.KernelBench.Measurement;
using PixelNet.Native.KernelBench.Results;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.KernelBench.Rows;

/// <summary>
/// Every contender of a row: first three checked runs (outputs NaN before, canaries after, the same bytes each time, near the results of the simplest
/// rung), then, where there is a clock, the time. What costs as much as a measurement is shared by all rows: backends with their modules and libraries, numbers
/// for inputs, pinned memory.
/// </summary>
/// <param name="driver">The device.</param>
/// <param name="timed">Whether it has a clock.</param>
internal sealed class RowRunner(ICudaDriver driver, bool timed) : IDisposable
{
    private const int CheckedRuns = 3, MostSets = 8;
    // A contender may differ from the simplest rung by rounding only, and that rung adds up to 250,880 terms one after the other: eps sqrt(terms), some times.
    private const double Fp32Limit = 1e-4, Tf32Limit = 2e-3;
    // In whole nets rounding decides now and then whether a ReLU lets through, and a whole gradient comes or goes.
    private const double NetFp32Limit = 5e-3, NetTf32Limit = 0.1;
    private readonly NormalPattern _pattern = new(driver);
    private readonly OutputReader _reader = new(driver);
    private readonly Dictionary<string, CudaBackend> _backends = [];

    /// <summary>Runs them.</summary>
    /// <param name="row">What is done.</param>
    /// <param name="libraries">The libraries that are there.</param>
    /// <param name="isTimeLeft">Whether another contender may begin.</param>
    public IEnumerable<ResultRow> Run(BenchRow row, IReadOnlyList<Contender> libraries, Func<bool> isTimeLeft)
    {
        // Where there is no ladder, rounding decides which ReLUs let through: each precision is compared with itself.
        var simplest = new Dictionary<Precision, byte[][]>();
        Work? work = null;
        foreach (var contender in row.Rungs().Concat(libraries))
            yield return Measured(contender, row.NotDeterministic, backend => (memory, _) =>
            {
                var (call, needed) = row.Prepare!(memory, backend);
                work = needed;
                return call;
            });
        foreach (var (kernel, prepare) in row.Extras)
            yield return Measured(new Contender(kernel, Precision.Fp32, new CudaBackendOptions(), false), row.NotDeterministic, backend => (memory, launcher) => prepare(memory, backend, launcher));

        ResultRow Measured(Contender contender, IReadOnlyList<string> notDeterministic, Func<CudaBackend, Func<RowMemory, KernelLauncher, Action>> prepare)
        {
            var result = new ResultRow { Id = row.Id, Shape = row.Shape, Precision = contender.Precision == Precision.Tf32 ? "tf32" : "fp32", Impl = contender.Impl, IsDefault = contender.IsDefault };
            if (!isTimeLeft()) return result with { Note = "not measured: out of time" };
            try
            {
                var backend = BackendOf(contender.Options);
                using var launcher = new KernelLauncher(driver, backend.Stream.Handle);
                var make = prepare(backend);
                var sets = new List<RowMemory> { new(backend, _pattern) };
                try
                {
                    var calls = new List<Action> { make(sets[0], launcher) };
                    result = Check(result, sets[0], calls[0], backend, LimitOf(contender.Precision, row.Ladder.Count == 0), !notDeterministic.Contains(contender.Impl), simplest, row.Ladder.Count == 0 ? contender.Precision : Precision.Fp32) with { Work = work };
                    if (!timed || result.Fault is not null) return result;
                    for (int wanted = SetsFor(sets[0].Bytes); sets.Count < wanted;)
                    {
                        sets.Add(new RowMemory(backend, _pattern));
                        calls.Add(make(sets[^1], launcher));
                    }
                    return result with { Timing = new StreamClock(driver, backend.Stream.Handle).Measure(calls) };
                }
                finally
                {
                    backend.Synchronize();
                    foreach (var set in sets) set.Dispose();
                }
            }
            catch (Exception e) when (e is PixelNetException or InsufficientMemoryException)
            {
                return result with { Note = $"not measured: {e.Message}" };
            }
        }
    }

    public void Dispose()
    {
        foreach (var backend in _backends.Values) backend.Dispose();
        _reader.Dispose();
        _pattern.Dispose();
    }

    private CudaBackend BackendOf(CudaBackendOptions options)
    {
        string key = $"{options.Precision} {options.Convolution} {options.Gemm} {string.Join(' ', options.Kernels)}";
        if (!_backends.TryGetValue(key, out var backend)) _backends.Add(key, backend = new CudaBackend(driver, options, ownsDriver: false));
        return backend;
    }

    private static double LimitOf(Precision precision, bool net) => precision == Precision.Tf32 ? net ? NetTf32Limit : Tf32Limit : net ? NetFp32Limit : Fp32Limit;

    /// <summary>How many sets are twice the L2 together, as far as there is memory.</summary>
    private int SetsFor(long bytes)
    {
        long cache = 2L * driver.GetAttribute(CudaDeviceAttribute.L2CacheSize);
        return (int)Math.Clamp(Math.Min((cache + bytes - 1) / bytes, 1 + driver.GetMemory().Free / 2 / bytes), 1, MostSets);
    }

    private ResultRow Check(ResultRow result, RowMemory memory, Action call, CudaBackend backend, double limit, bool mustBeDeterministic,
        Dictionary<Precision, byte[][]> simplestBy, Precision comparedWith)
    {
        byte[][]? first = null;
        bool same = true;
        nint stream = backend.Stream.Handle;
        for (int run = 0; run < CheckedRuns; run++)
        {
            memory.Reset();
            call();
            backend.Synchronize();
            if (memory.Fault() is { } fault) return result with { Fault = fault };
            if (first is null) first = _reader.Read(memory.Outputs, stream);
            else same &= _reader.Hold(memory.Outputs, first, stream);
        }
        result = result with { Deterministic = same };
        var types = memory.Outputs.Select(output => output.Type).ToArray();
        for (int i = 0; i < types.Length; i++)
            if (types[i] == ElementType.Float32 && OutputReader.HasNaN(first![i])) return result with { Fault = $"'{memory.Outputs[i].Name}' has elements that are not numbers" };
        if (!same && mustBeDeterministic) return result with { Fault = "three runs gave different bytes" };
        if (!simplestBy.TryGetValue(comparedWith, out var simplest))
        {
            simplestBy.Add(comparedWith, first!);
            return result;
        }
        // Kernels for comparison may leave out an output.
        if (first!.Length != simplest.Length || !first.Zip(simplest).All(pair => pair.First.Length == pair.Second.Length)) return result with { Note = "other outputs than the simplest rung: not compared" };
        double error = 0;
        for (int i = 0; i < types.Length; i++)
        {
            double distance = types[i] == ElementType.Float32 ? OutputReader.Distance(first[i], simplest[i])
                : first[i].AsSpan().SequenceEqual(simplest[i]) ? 0 : 1;
            error = Math.Max(error, distance);
        }
        return result with { RelativeError = error, Fault = error <= limit ? null : FormattableString.Invariant($"differs from the simplest rung by {error:E1} of its norm, limit {limit:E0}") };
    }
}
