using System.Runtime.InteropServices;
using PixelNet.Native.Sampling;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Model;

// What comes from outside: batches and class weights.
public sealed partial class PixelNetModel
{
    // The bilinear weights of one level in double; only where Real is Float64.
    private double[]? _doubleWeights;

    /// <summary>Valid pixels (targets 0 .. L-1) of the batch that was loaded.</summary>
    public int ValidCount { get; private set; }

    /// <summary>Copies a batch to the device.</summary>
    /// <exception cref="ArgumentException">It was made for other sizes.</exception>
    public void LoadBatch(HostBatch batch)
    {
        if (batch.Sizes != Input || batch.SampleCount != SampleCount || batch.Cells.Length != Levels.Count)
            throw new ArgumentException($"the batch is for {batch.Sizes}, {batch.SampleCount} pixels and {batch.Cells.Length} levels; "
                + $"the model for {Input}, {SampleCount} and {Levels.Count}");
        Backend.Upload(Images, batch.Images);
        Upload(Samples, batch.Samples);
        Upload(Targets, batch.Targets);
        int valid = 0;
        foreach (int target in batch.Targets)
            if ((uint)target < (uint)Config.Classes) valid++;
        ValidCount = valid;
        for (int i = 0; i < Hypercolumn.Cells.Count; i++)
        {
            var (cells, host) = (Hypercolumn.Cells[i], batch.Cells[i]);
            if (Real == ElementType.Float64)
            {
                // The loader's weights are rounded to float; in double they are made anew.
                _doubleWeights ??= new double[4 * SampleCount];
                CellListBuilder.Build<double>(host.Counts, host.Cells, host.Starts, host.Samples, _doubleWeights, batch.Samples, host.Level);
                Upload(cells.Weights, _doubleWeights);
            }
            else
            {
                Upload(cells.Weights, host.Weights);
            }
            Upload(cells.Counts, host.Counts);
            Upload(cells.Cells, host.Cells);
            Upload(cells.Starts, host.Starts);
            Upload(cells.Samples, host.Samples);
        }
    }

    /// <summary>Weight of each class in the loss; empty = all 1.</summary>
    /// <exception cref="ArgumentException">Their number is not L.</exception>
    public void SetClassWeights(ReadOnlySpan<double> weights)
    {
        if (weights.Length != 0 && weights.Length != Config.Classes)
            throw new ArgumentException($"{weights.Length} class weights for {Config.Classes} classes");
        Head.ClassWeights = weights.Length == 0 ? null : _classWeights;
        if (weights.Length == 0) return;
        if (Real == ElementType.Float64) Backend.Upload(_classWeights, MemoryMarshal.AsBytes(weights));
        else Upload(_classWeights, Array.ConvertAll(weights.ToArray(), weight => (float)weight));
    }

    private void Upload<T>(Tensor destination, T[] source) where T : unmanaged => Backend.Upload(destination, MemoryMarshal.AsBytes<T>(source));
}
