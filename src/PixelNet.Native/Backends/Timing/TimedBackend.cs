using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace PixelNet.Native.Backends.Timing;

/// <summary>
/// Wraps any backend and times each op of a step: rows by op and layer, in the order of their first call, as
/// calls, milliseconds, GFLOP/s and share. Results are those of the wrapped backend. Each call is waited for, so on a device that
/// works asynchronously the sum is more than an untimed step.
/// </summary>
/// <remarks>After the first step nothing is allocated: a row is found by (op, tensor name), both of which exist already.</remarks>
public sealed partial class TimedBackend(IBackend inner) : IBackend
{
    private readonly Dictionary<(string Op, string Layer), int> _index = [];
    private readonly List<Row> _rows = [];

    /// <summary>The backend that does the work.</summary>
    public IBackend Inner => inner;

    /// <inheritdoc/>
    public string Name => inner.Name;

    /// <inheritdoc/>
    public string Level => inner.Level;

    /// <summary>One row per op and layer, in the order of their first call since <see cref="Reset"/>.</summary>
    public IReadOnlyList<TimedRow> Rows => [.. _rows.Select(row => row.Read())];

    /// <summary>Whether calls are passed on without being timed, such as those of a validation between two steps.</summary>
    public bool IsPaused { get; set; }

    /// <summary>Forgets everything measured so far: call it after the steps that warm up.</summary>
    public void Reset()
    {
        _rows.Clear();
        _index.Clear();
    }

    /// <summary>The table of one step: every row, then the same by op, largest share first.</summary>
    /// <param name="steps">Steps since <see cref="Reset"/>; times are divided by it.</param>
    public string Table(int steps = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        var rows = Rows;
        double total = rows.Sum(row => row.Milliseconds);
        int opWidth = Math.Max("op".Length, rows.Select(row => row.Op.Length).DefaultIfEmpty().Max());
        int layerWidth = Math.Max("layer".Length, rows.Select(row => row.Layer.Length).DefaultIfEmpty().Max());
        var text = new StringBuilder();
        Line("op", "layer", "calls", "ms", "best ms", "GFLOP/s", "share");
        foreach (var row in rows) Write(row);
        text.AppendLine();
        foreach (var group in rows.GroupBy(row => row.Op).OrderByDescending(group => group.Sum(row => row.Milliseconds)))
            Write(new(group.Key, "all", group.Sum(row => row.Calls), group.Sum(row => row.Milliseconds),
                group.Sum(row => row.BestMilliseconds), group.Sum(row => row.Flops)));
        Write(new("all", "all", rows.Sum(row => row.Calls), total, rows.Sum(row => row.BestMilliseconds), rows.Sum(row => row.Flops)));
        return text.ToString();

        void Write(TimedRow row) => Line(row.Op, row.Layer, Number((double)row.Calls / steps, "0.#"), Number(row.Milliseconds / steps, "0.000"),
            Number(row.BestMilliseconds, "0.000"), row.GigaflopsPerSecond is { } rate ? Number(rate, "0") : "",
            Number(100 * row.Milliseconds / total, "0.0") + " %");

        void Line(string op, string layer, string calls, string ms, string best, string rate, string share) =>
            text.Append(op.PadRight(opWidth)).Append("  ").Append(layer.PadRight(layerWidth)).Append(calls.PadLeft(7)).Append(ms.PadLeft(10))
                .Append(best.PadLeft(10)).Append(rate.PadLeft(9)).AppendLine(share.PadLeft(9));
    }

    /// <summary>Disposes of the wrapped backend.</summary>
    public void Dispose() => inner.Dispose();

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private void Stop(long start, string op, string layer, double flops = 0)
    {
        if (IsPaused) return;
        inner.Synchronize();
        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        if (!_index.TryGetValue((op, layer), out int i))
        {
            _index.Add((op, layer), i = _rows.Count);
            _rows.Add(new Row(op, layer));
        }
        _rows[i].Add(milliseconds, flops);
    }

    private sealed class Row(string op, string layer)
    {
        private long _calls;
        private double _milliseconds, _best = double.PositiveInfinity, _flops;

        public void Add(double milliseconds, double flops)
        {
            _calls++;
            _milliseconds += milliseconds;
            _best = Math.Min(_best, milliseconds);
            _flops += flops;
        }

        public TimedRow Read() => new(op, layer, _calls, _milliseconds, _best, _flops);
    }
}
