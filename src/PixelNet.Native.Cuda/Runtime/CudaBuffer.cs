using PixelNet.Native.Tensors;

namespace PixelNet.Native.Cuda.Runtime;

/// <summary>Device memory as the tensors of a plan see it.</summary>
/// <param name="memory">The allocation; disposed of with the buffer.</param>
public sealed class CudaBuffer(CudaDeviceVariable<byte> memory) : DeviceBuffer
{
    /// <inheritdoc/>
    public override long ByteLength => memory.SizeInBytes;

    /// <summary>Device address of the first byte.</summary>
    public ulong DevicePointer => memory.DevicePointer;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) memory.Dispose();
    }
}
