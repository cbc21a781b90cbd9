namespace PixelNet.Native.Sampling;

/// <summary>Where the trainer's batches come from. What batch a step gets is a pure function of the seed and the step.</summary>
public interface IBatchSource : IDisposable
{
    /// <summary>Waits for the batch of <paramref name="step"/> (from 1; steps are asked for in ascending order).</summary>
    /// <exception cref="PixelNetException">A file could not be read; the message names it.</exception>
    HostBatch Take(long step);

    /// <summary>Gives a batch back for reuse.</summary>
    void Return(HostBatch batch);
}
