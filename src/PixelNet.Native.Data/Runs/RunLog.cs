using System.Globalization;
using System.Text;

namespace PixelNet.Native.Data.Runs;

/// <summary>One row of <c>log.csv</c>.</summary>
/// <param name="Step">The step, from 1.</param>
/// <param name="Loss">Mean cross-entropy over the step's pixels.</param>
/// <param name="Accuracy">Share of the step's pixels answered rightly.</param>
/// <param name="LearningRate">The step's learning rate.</param>
/// <param name="ValMeanIou">Mean IoU over the validated images; null where the step was not validated.</param>
/// <param name="ValPixelAccuracy">Pixel accuracy over them.</param>
public sealed record RunLogRow(long Step, double Loss, double Accuracy, double LearningRate, double? ValMeanIou = null, double? ValPixelAccuracy = null)
{
    /// <summary>The first line of the file.</summary>
    public const string Header = "step,loss,accuracy,learning_rate,val_miou,val_pixel_accuracy";

    /// <summary>The row as a line; numbers read back exactly.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Step},{Loss:R},{Accuracy:R},{LearningRate:R},{ValMeanIou:R},{ValPixelAccuracy:R}");

    /// <summary>Reads a line; null if it is none (the last one of a killed process may be cut).</summary>
    public static RunLogRow? Parse(string line)
    {
        string[] cells = line.Split(',');
        if (cells.Length != 6 || !long.TryParse(cells[0], NumberStyles.None, CultureInfo.InvariantCulture, out long step)) return null;
        double?[] n = [.. cells.Skip(1).Select(Number)];
        return n[0] is { } loss && n[1] is { } accuracy && n[2] is { } rate ? new RunLogRow(step, loss, accuracy, rate, n[3], n[4]) : null;
    }

    private static double? Number(string cell) => double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : null;
}

/// <summary><c>log.csv</c>: one row a step and no times, so that equal runs give equal files.</summary>
public sealed class RunLog : IDisposable
{
    private readonly string _path;
    private readonly FileStream _stream;

    private RunLog(string path, List<RunLogRow> rows)
    {
        _path = path;
        AtomicFile.WriteText(path, string.Concat(rows.Select(row => row + "\n").Prepend(RunLogRow.Header + "\n")));
        _stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.Read, 1);
        _stream.Seek(0, SeekOrigin.End);
    }

    /// <summary>All rows so far, read from the file: a long run keeps none in memory.</summary>
    public IReadOnlyList<RunLogRow> Rows => Read(_path);

    /// <summary>Opens the log to go on after <paramref name="step"/>: later rows are cut off. Step 0 begins anew.</summary>
    public static RunLog Open(string path, long step) => new(path, [.. Read(path).Where(row => row.Step <= step)]);

    /// <summary>The rows of a log; none if there is no file.</summary>
    public static IReadOnlyList<RunLogRow> Read(string path)
    {
        if (!File.Exists(path)) return [];
        // A run may be writing to it.
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var rows = new List<RunLogRow>();
        reader.ReadLine();
        while (reader.ReadLine() is { } line)
            if (RunLogRow.Parse(line) is { } row) rows.Add(row);
        return rows;
    }

    /// <summary>Appends a row; a process that is killed afterwards does not lose it.</summary>
    public void Append(RunLogRow row) => _stream.Write(Encoding.ASCII.GetBytes(row + "\n"));

    /// <summary>Takes the last row out of the file and gives it back.</summary>
    public RunLogRow TakeLast()
    {
        var row = Rows[^1];
        _stream.SetLength(_stream.Length - Encoding.ASCII.GetByteCount(row + "\n"));
        return row;
    }

    /// <summary>Puts what was appended on the disk, before the checkpoint that stands for it.</summary>
    public void Flush() => _stream.Flush(flushToDisk: true);

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();
}
