using System.Diagnostics;
using System.Globalization;

namespace PixelNet.Native.Benchmarks.Rows;

/// <summary>One row of the table, and its measurement in bounded time.</summary>
/// <param name="Title">What is compared.</param>
/// <param name="Work">The workload.</param>
/// <param name="Must">Least ratio peer / ours that is claimed.</param>
/// <param name="Avx2">AVX-512 off on both sides.</param>
/// <param name="OnePeer">Only the peer that is best in the same row at a smaller size: an iteration takes the better part of a minute.</param>
internal sealed record PeerRow(string Title, Workload Work, double Must, bool Avx2 = false, bool OnePeer = false)
{
    private const double RowSeconds = 60, TurnSeconds = 1, SlowSeconds = 12;
    private const int MostRounds = 7, MostIterations = 40;

    /// <summary>Cells of the table, without the bars outside.</summary>
    public string Measure(int threads)
    {
        var contenders = Peers.Of(this);
        var results = contenders.ToDictionary(contender => contender, _ => new Result());
        if (Work.Large) MeasureOneByOne(results, threads);
        else MeasureSideBySide(results, threads);

        var (ours, peers) = (contenders[0], contenders.Skip(1).ToArray());
        var best = peers.MinBy(peer => Median(results[peer].Rounds))!;
        double[] ratios = [.. results[ours].Rounds.Zip(results[best].Rounds, (a, b) => b / a)];
        string Mib(Contender contender) => (results[contender].PeakBytes / 1048576.0).ToString("F0", CultureInfo.InvariantCulture);
        string errors = results[ours].Errors is { } e ? string.Create(CultureInfo.InvariantCulture, $"{e.Ours:0.0e-0} / {e.Torch:0.0e-0}") : "";
        string all = string.Join("; ", peers.Select(peer => string.Create(CultureInfo.InvariantCulture, $"{peer.Name} {Median(results[peer].Rounds):F1}")));
        return string.Create(CultureInfo.InvariantCulture,
            $"{Title} | {Median(results[ours].Rounds):F1} | {best.Name} | {Median(results[best].Rounds):F1} | **{Median(ratios):F2}** | {ratios.Min():F2} .. {ratios.Max():F2} ({ratios.Length}) | {Must:F2} | {Mib(ours)} / {Mib(best)} | {errors} | {all}");
    }

    /// <summary>All processes wait while one works; rounds of about a second each.</summary>
    private static void MeasureSideBySide(Workload work, IReadOnlyList<(WorkerProcess Worker, Result Result)> workers)
    {
        var clock = Stopwatch.StartNew();
        int[] iterations = [.. workers.Select(w => Math.Clamp((int)(TurnSeconds * 1000 / WarmUp(w.Worker)), 1, MostIterations))];
        double round = 0;
        for (int i = 0; i < MostRounds && (i == 0 || clock.Elapsed.TotalSeconds + round < RowSeconds); i++)
        {
            double start = clock.Elapsed.TotalSeconds;
            foreach (var ((worker, result), count) in workers.Zip(iterations))
            {
                // The first of several finds the caches full of somebody else's numbers.
                double[] times = worker.Time(count);
                result.Add(Median(times.Skip(count > 2 ? 1 : 0)), worker);
            }
            round = clock.Elapsed.TotalSeconds - start;
        }
        workers[0].Result.Errors = workers[0].Worker.Errors();
    }

    private static double WarmUp(WorkerProcess worker)
    {
        double first = worker.Time(1)[0];
        return first > TurnSeconds * 1000 ? first : worker.Time(1)[0];
    }

    private void MeasureSideBySide(Dictionary<Contender, Result> results, int threads)
    {
        List<(WorkerProcess, Result)> workers = [];
        try
        {
            foreach (var (contender, result) in results) workers.Add((new WorkerProcess(contender, Work, threads), result));
            MeasureSideBySide(Work, workers);
        }
        finally
        {
            foreach (var (worker, _) in workers) worker.Dispose();
        }
    }

    /// <summary>Too much memory for all at once: each process is started anew in every round. A slow first iteration counts; there is no time for another.</summary>
    private void MeasureOneByOne(Dictionary<Contender, Result> results, int threads)
    {
        var clock = Stopwatch.StartNew();
        for (int round = 1; round == 1 || round <= MostRounds && clock.Elapsed.TotalSeconds * round / (round - 1) < RowSeconds; round++)
        {
            foreach (var (contender, result) in results)
            {
                using var worker = new WorkerProcess(contender, Work, threads);
                double time = worker.Time(1)[0];
                result.Add(time > SlowSeconds * 1000 ? time : worker.Time(1)[0], worker);
                if (round > 1 || contender != results.Keys.First()) continue;
                clock.Stop();
                result.Errors = worker.Errors();
                clock.Start();
            }
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private sealed class Result
    {
        public List<double> Rounds { get; } = [];

        public long PeakBytes { get; private set; }

        public (double Ours, double Torch)? Errors { get; set; }

        public void Add(double milliseconds, WorkerProcess worker)
        {
            Rounds.Add(milliseconds);
            PeakBytes = Math.Max(PeakBytes, worker.PeakBytes);
        }
    }
}
