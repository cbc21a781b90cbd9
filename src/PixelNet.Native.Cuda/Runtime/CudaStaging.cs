namespace PixelNet.Native.Cuda.Runtime;

/// <summary>
/// The way of the next batch to the device while this one is computed: the host writes it into one of two pinned buffers, a stream of its own copies
/// that to a stage on the device, and the computing stream moves it on when it gets there.
/// </summary>
/// <remarks>
/// Who waits for whom: the copies of a batch for the last batch to have left the stage; the move out of the stage for the copies; the host, before it writes a
/// pinned buffer, for the copies that read it two batches ago.
/// </remarks>
/// <param name="context">The device.</param>
/// <param name="computing">The stream of the ops.</param>
internal sealed class CudaStaging(CudaContext context, CudaStream computing) : IDisposable
{
    private readonly CudaStream _copying = new(context);
    private readonly CudaEvent _staged = new(context), _unstaged = new(context);
    private readonly CudaEvent[] _copied = [new(context), new(context)];
    private readonly CudaPageLockedHostMemory?[] _pinned = new CudaPageLockedHostMemory?[2];
    private int _current;

    /// <summary>Begins to copy into the stage.</summary>
    /// <param name="stage">Its device address.</param>
    /// <param name="size">Its size in bytes.</param>
    /// <param name="offset">Where in it; 0 begins a batch.</param>
    /// <param name="source">The bytes, not needed after the call.</param>
    public void Stage(ulong stage, long size, long offset, ReadOnlySpan<byte> source)
    {
        if (offset == 0) Begin(size);
        _pinned[_current]!.CopyToDevice(offset, source, stage + (ulong)offset, _copying);
    }

    /// <summary>Moves what was staged to where ops read it.</summary>
    public void Unstage(ulong destination, ulong stage, long size)
    {
        _staged.Record(_copying);
        computing.WaitEvent(_staged);
        context.Driver.CopyOnDevice(destination, stage, size, computing.Handle);
        _unstaged.Record(computing);
    }

    /// <summary>Gives the pinned memory back.</summary>
    public void Dispose()
    {
        _copying.Dispose();
        foreach (var memory in _pinned) memory?.Dispose();
        foreach (var copied in _copied) copied.Dispose();
        _staged.Dispose();
        _unstaged.Dispose();
    }

    private void Begin(long size)
    {
        _copied[_current].Record(_copying);
        _current = 1 - _current;
        _copied[_current].Synchronize();
        _copying.WaitEvent(_unstaged);
        // Both at once, in the first step: the others allocate nothing.
        for (int i = 0; i < _pinned.Length; i++)
        {
            if (_pinned[i] is { } memory && memory.Size >= size) continue;
            _copied[i].Synchronize();
            _pinned[i]?.Dispose();
            _pinned[i] = new CudaPageLockedHostMemory(context, size);
        }
    }
}
