using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PixelNet.Native.Cuda.Driver;

namespace PixelNet.Native.Cuda.Runtime;

/// <summary>An allocation in device memory.</summary>
/// <typeparam name="T">Element type.</typeparam>
public sealed class CudaDeviceVariable<T> : IDisposable where T : unmanaged
{
    private readonly ICudaDriver _driver;
    private ulong _pointer;

    /// <summary>Allocates <paramref name="size"/> elements of undefined content.</summary>
    /// <exception cref="InsufficientMemoryException">The device has not that much.</exception>
    public CudaDeviceVariable(CudaContext context, long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        _driver = context.Driver;
        Size = size;
        // The driver refuses to allocate nothing.
        _pointer = _driver.Allocate(Math.Max(SizeInBytes, 1));
    }

    /// <summary>Number of elements.</summary>
    public long Size { get; }

    /// <summary>Number of bytes.</summary>
    public long SizeInBytes => Size * Unsafe.SizeOf<T>();

    /// <summary>Device address.</summary>
    /// <exception cref="ObjectDisposedException">The memory was given back.</exception>
    public ulong DevicePointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(_pointer == 0, this);
            return _pointer;
        }
    }

    /// <summary>Copies elements to the start of the allocation, in the stream's order.</summary>
    public void CopyToDevice(ReadOnlySpan<T> source, CudaStream stream)
    {
        if (source.Length > Size) throw new ArgumentException($"{source.Length} elements do not fit into {Size}");
        _driver.CopyToDevice(DevicePointer, MemoryMarshal.AsBytes(source), stream.Handle);
    }

    /// <summary>Copies the first elements to the host, in the stream's order, and waits for them.</summary>
    public void CopyToHost(Span<T> destination, CudaStream stream)
    {
        if (destination.Length > Size) throw new ArgumentException($"there are no {destination.Length} elements in {Size}");
        _driver.CopyToHost(MemoryMarshal.AsBytes(destination), DevicePointer, stream.Handle);
    }

    /// <summary>Sets every byte.</summary>
    public void Memset(byte value, CudaStream stream) => _driver.SetBytes(DevicePointer, value, SizeInBytes, stream.Handle);

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        if (_pointer != 0) _driver.Free(_pointer);
        _pointer = 0;
    }
}
