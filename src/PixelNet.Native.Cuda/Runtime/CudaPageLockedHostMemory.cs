using PixelNet.Native.Cuda.Driver;

namespace PixelNet.Native.Cuda.Runtime;

/// <summary>Host memory that stays where it is, so that copies to the device go on while the host does other things.</summary>
public sealed class CudaPageLockedHostMemory : IDisposable
{
    private readonly ICudaDriver _driver;
    private readonly nint _pointer;

    /// <summary>Allocates <paramref name="size"/> bytes of undefined content.</summary>
    /// <exception cref="InsufficientMemoryException">The machine does not give that much.</exception>
    public CudaPageLockedHostMemory(CudaContext context, long size)
    {
        _driver = context.Driver;
        Size = size;
        _pointer = _driver.AllocateHost(size);
    }

    /// <summary>Number of bytes.</summary>
    public long Size { get; }

    /// <summary>Writes bytes, and queues their copy to the device.</summary>
    /// <param name="offset">Where they go in this memory; it stays as it is until the stream has passed the copy.</param>
    /// <param name="source">The bytes.</param>
    /// <param name="destination">Device address.</param>
    /// <param name="stream">The stream that copies.</param>
    public unsafe void CopyToDevice(long offset, ReadOnlySpan<byte> source, ulong destination, CudaStream stream)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + source.Length, Size);
        nint from = _pointer + (nint)offset;
        source.CopyTo(new Span<byte>((void*)from, source.Length));
        _driver.CopyPinnedToDevice(destination, from, source.Length, stream.Handle);
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _driver.FreeHost(_pointer);
}
