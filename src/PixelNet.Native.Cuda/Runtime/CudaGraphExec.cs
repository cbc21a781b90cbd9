using PixelNet.Native.Cuda.Driver;

namespace PixelNet.Native.Cuda.Runtime;

/// <summary>Work that was captured from a stream, ready to be launched as a whole: one call in the place of one a kernel.</summary>
public sealed class CudaGraphExec : IDisposable
{
    private readonly ICudaDriver _driver;
    private readonly nint _handle;

    internal CudaGraphExec(ICudaDriver driver, nint handle) => (_driver, _handle) = (driver, handle);

    /// <summary>Queues all of it.</summary>
    public void Launch(CudaStream stream) => _driver.LaunchGraph(_handle, stream.Handle);

    /// <summary>Ends the graph.</summary>
    public void Dispose() => _driver.DestroyGraph(_handle);
}
