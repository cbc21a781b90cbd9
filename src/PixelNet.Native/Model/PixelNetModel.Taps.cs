using System.Runtime.InteropServices;
using PixelNet.Native.Sampling;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Model;

// Standardised taps: VGG's maps differ by orders of magnitude in scale, so a linear classifier on them diverges unless each column is brought to
// mean 0 and deviation 1 by constants that are measured once (pixelnet.md 8; the gradient through them is a factor).
public sealed partial class PixelNetModel
{
    // Of a variance: a column that never moves must not blow up when it first does.
    private const double VarianceFloor = 1e-5;

    // All hypercolumns of a step, as doubles on the host, would be larger than the plan allows for.
    private const int ElementsAtOnce = 1 << 16;

    /// <summary>
    /// Measures mean and deviation of every column of the hypercolumn on the pixels of some training batches, as the network stands, and keeps them.
    /// Batch normalisation takes the batches' statistics meanwhile; its running ones stay as they are. Before the first step, or after weights were
    /// imported.
    /// </summary>
    /// <exception cref="InvalidOperationException">The configuration has no standardised taps, or the model is for inference.</exception>
    public void MeasureTapStatistics(IEnumerable<HostBatch> batches)
    {
        if (!Config.StandardizeTaps || Mode != ModelMode.Training)
            throw new InvalidOperationException("tap statistics are measured in training mode, with StandardizeTaps on");
        var running = Parameters.Statistics.Select(tensor => (tensor, ReadDoubles(tensor))).ToArray();
        int width = Config.HypercolumnWidth;
        double[] mean = new double[width], squares = new double[width];
        long count = 0;
        foreach (var batch in batches)
        {
            LoadBatch(batch);
            SetStepState(default);
            ForwardTrunk();
            Hypercolumn.ForwardRaw(Backend);
            // Welford's update: nothing cancels, however far from 0 a column lies.
            int rows = Math.Max(1, ElementsAtOnce / width);
            for (int start = 0; start < SampleCount; start += rows)
            {
                double[] columns = ReadDoubles(Hypercolumn.X.View("columns", new Shape(Math.Min(rows, SampleCount - start), width), (long)start * width));
                for (int row = 0; row < columns.Length; row += width)
                {
                    double share = 1.0 / ++count;
                    for (int d = 0; d < width; d++)
                    {
                        double x = columns[row + d], delta = x - mean[d];
                        mean[d] += delta * share;
                        squares[d] += delta * (x - mean[d]);
                    }
                }
            }
        }
        if (count == 0) throw new ArgumentException("no batch to measure on");
        foreach (var (tensor, values) in running) WriteDoubles(tensor, values);
        WriteDoubles(Hypercolumn.Mean!, mean);
        WriteDoubles(Hypercolumn.InverseDeviation!, Array.ConvertAll(squares, square => 1 / Math.Sqrt(square / count + VarianceFloor)));
    }

    private double[] ReadDoubles(Tensor tensor)
    {
        if (tensor.Type == ElementType.Float64)
        {
            var doubles = new double[tensor.Count];
            Backend.Download(MemoryMarshal.AsBytes(doubles.AsSpan()), tensor);
            return doubles;
        }
        var floats = new float[tensor.Count];
        Backend.Download(MemoryMarshal.AsBytes(floats.AsSpan()), tensor);
        return Array.ConvertAll(floats, value => (double)value);
    }

    private void WriteDoubles(Tensor tensor, double[] values)
    {
        if (tensor.Type == ElementType.Float64) Upload(tensor, values);
        else Upload(tensor, Array.ConvertAll(values, value => (float)value));
    }
}
