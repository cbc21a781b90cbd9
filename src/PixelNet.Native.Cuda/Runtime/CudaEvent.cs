using PixelNet.Native.Cuda.Driver;

namespace PixelNet.Native.Cuda.Runtime;

/// <summary>A point in a stream, to wait for or to take the time at.</summary>
public sealed class CudaEvent : IDisposable
{
    private readonly ICudaDriver _driver;

    /// <summary>Creates an event.</summary>
    public CudaEvent(CudaContext context)
    {
        _driver = context.Driver;
        Handle = _driver.CreateEvent();
    }

    /// <summary>The driver's handle.</summary>
    public nint Handle { get; }

    /// <summary>Puts the event behind all that the stream was given so far.</summary>
    public void Record(CudaStream stream) => _driver.RecordEvent(Handle, stream.Handle);

    /// <summary>Waits until it has happened.</summary>
    public void Synchronize() => _driver.SynchronizeEvent(Handle);

    /// <summary>Milliseconds from <paramref name="start"/> to <paramref name="end"/>.</summary>
    /// <exception cref="CudaException">The device has no clock.</exception>
    public static float ElapsedTime(CudaEvent start, CudaEvent end) => start._driver.GetElapsedMilliseconds(start.Handle, end.Handle);

    /// <summary>Ends the event.</summary>
    public void Dispose() => _driver.DestroyEvent(Handle);
}
