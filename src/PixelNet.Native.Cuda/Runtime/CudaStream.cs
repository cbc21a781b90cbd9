using PixelNet.Native.Cuda.Driver;

namespace PixelNet.Native.Cuda.Runtime;

/// <summary>A queue of device work that runs in order.</summary>
public sealed class CudaStream : IDisposable
{
    private readonly ICudaDriver _driver;

    /// <summary>Creates a stream.</summary>
    public CudaStream(CudaContext context)
    {
        _driver = context.Driver;
        Handle = _driver.CreateStream();
    }

    /// <summary>The driver's handle.</summary>
    public nint Handle { get; }

    /// <summary>Waits until all that was queued is done.</summary>
    public void Synchronize() => _driver.SynchronizeStream(Handle);

    /// <summary>What is queued from now on waits for the event.</summary>
    public void WaitEvent(CudaEvent cudaEvent) => _driver.WaitForEvent(Handle, cudaEvent.Handle);

    /// <summary>From now on what is queued is written down and not done.</summary>
    public void BeginCapture() => _driver.BeginCapture(Handle);

    /// <summary>What was written down since <see cref="BeginCapture"/>.</summary>
    public CudaGraphExec EndCapture() => new(_driver, _driver.EndCapture(Handle));

    /// <summary>Ends the stream.</summary>
    public void Dispose() => _driver.DestroyStream(Handle);
}
