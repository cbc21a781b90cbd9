using System.Runtime.InteropServices;
using PixelNet.Native.Sampling;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Model;

// What comes from outside: batches and class weights.
public sealed partial class PixelNetModel
{
    /// <summary>Valid pixels (targets 0 .. L-1) of the batch that was loaded.</summary>
    public int ValidCount { get; private set; }

    /// <summary>Whether the next batch can come in while this one is computed.</summary>
    public bool StagesBatches => _batch.HasStage;

    /// <summary>Begins to bring in the batch that <see cref="LoadBatch"/> will be given next, beside what was started; it has to stay as it is until then.</summary>
    /// <exception cref="ArgumentException">It was made for other sizes.</exception>
    public void StageBatch(HostBatch batch)
    {
        Check(batch);
        _batch.Stage(batch);
    }

    /// <summary>Copies a batch to the device.</summary>
    /// <exception cref="ArgumentException">It was made for other sizes.</exception>
    public void LoadBatch(HostBatch batch)
    {
        Check(batch);
        _batch.Load(batch);
        int valid = 0;
        foreach (int target in batch.Targets)
            if ((uint)target < (uint)Config.Classes) valid++;
        ValidCount = valid;
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

    private void Check(HostBatch batch)
    {
        if (batch.Sizes != Input || batch.SampleCount != SampleCount || batch.Cells.Length != Levels.Count)
            throw new ArgumentException($"the batch is for {batch.Sizes}, {batch.SampleCount} pixels and {batch.Cells.Length} levels; "
                + $"the model for {Input}, {SampleCount} and {Levels.Count}");
    }

    private void Upload<T>(Tensor destination, T[] source) where T : unmanaged => Backend.Upload(destination, MemoryMarshal.AsBytes<T>(source));
}
