namespace PixelNet.Native.Tensors;

/// <summary>Gives memory and moves bytes in and out of it: the part of a backend that a plan needs.</summary>
public interface IBackendMemory
{
    /// <summary>Allocates zeroed memory.</summary>
    /// <exception cref="InsufficientMemoryException">There is not that much.</exception>
    DeviceBuffer Allocate(long byteLength);

    /// <summary>Copies <paramref name="source"/> (all bytes of the tensor) into <paramref name="destination"/>.</summary>
    void Upload(Tensor destination, ReadOnlySpan<byte> source);

    /// <summary>Copies all bytes of <paramref name="source"/> into <paramref name="destination"/>; waits for pending work first.</summary>
    void Download(Span<byte> destination, Tensor source);
}
