namespace PixelNet.Native.Tensors;

/// <summary>Gives memory and moves bytes in and out of it: the part of a backend that a plan needs.</summary>
public interface IBackendMemory
{
    /// <summary>Whether what <see cref="Allocate"/> gives is a <see cref="HostBuffer"/>.</summary>
    bool AllocatesHostMemory => false;

    /// <summary>Allocates zeroed memory.</summary>
    /// <exception cref="InsufficientMemoryException">There is not that much.</exception>
    DeviceBuffer Allocate(long byteLength);

    /// <summary>Copies <paramref name="source"/> (all bytes of the tensor) into <paramref name="destination"/>.</summary>
    void Upload(Tensor destination, ReadOnlySpan<byte> source);

    /// <summary>Copies all bytes of <paramref name="source"/> into <paramref name="destination"/>; waits for pending work first.</summary>
    void Download(Span<byte> destination, Tensor source);

    /// <summary>
    /// Bytes that a plan sets aside as a stage, so that up to <paramref name="byteLength"/> bytes can come in while ops compute. 0 = ops read the host's memory,
    /// there is nothing to gain; <see cref="Stage"/> and <see cref="Unstage"/> are not called then.
    /// </summary>
    long StageBytes(long byteLength) => 0;

    /// <summary>Begins to copy <paramref name="source"/> into the stage, beside the ops that were started; of what belongs together the piece at byte 0 comes first.</summary>
    void Stage(Tensor stage, long byteOffset, ReadOnlySpan<byte> source) => throw new NotSupportedException();

    /// <summary>Copies all that was staged into <paramref name="destination"/>, behind the ops that were started and before those to come.</summary>
    void Unstage(Tensor destination, Tensor stage) => throw new NotSupportedException();
}
