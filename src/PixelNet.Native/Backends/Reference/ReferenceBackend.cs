using System.Numerics;
using System.Runtime.InteropServices;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Reference;

/// <summary>
/// The formulas of the network as loops: no SIMD, no threads, no cleverness. In double it is the truth that everything else is compared
/// with; its text is what one reads to learn what an op does.
/// </summary>
/// <remarks>
/// Every op takes tensors of Float32 or Float64 and runs the same generic loop on either. One file an op, ReferenceBackend.&lt;Op&gt;.cs: the
/// public method picks the element type, the private one below it is the formula. Sums run in the order of the loops, in the element
/// type. Tensors are indexed through <c>View</c>, which checks every access.
/// </remarks>
public sealed partial class ReferenceBackend : IBackend
{
    /// <inheritdoc/>
    public string Name => "reference";

    /// <summary><c>scalar</c>: the results do not depend on the instruction set.</summary>
    public string Level => "scalar";

    /// <inheritdoc/>
    public bool AllocatesHostMemory => true;

    /// <inheritdoc/>
    public DeviceBuffer Allocate(long byteLength) => new HostBuffer(byteLength);

    /// <inheritdoc/>
    public void Upload(Tensor destination, ReadOnlySpan<byte> source)
    {
        if (source.Length != destination.ByteLength)
            throw new ArgumentException($"{source.Length} bytes do not fill '{destination.Name}' of {destination.ByteLength} bytes");
        source.CopyTo(Bytes(destination));
    }

    /// <inheritdoc/>
    public void Download(Span<byte> destination, Tensor source)
    {
        if (destination.Length != source.ByteLength)
            throw new ArgumentException($"{destination.Length} bytes do not hold '{source.Name}' of {source.ByteLength} bytes");
        Bytes(source).CopyTo(destination);
    }

    /// <inheritdoc/>
    public void Synchronize()
    {
    }

    /// <inheritdoc/>
    public void ParametersChanged()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static bool IsDouble(Tensor tensor) => tensor.Type == ElementType.Float64;

    private static unsafe Span<byte> Bytes(Tensor tensor) => tensor.Buffer is HostBuffer host
        ? new Span<byte>(host.Pointer + tensor.ByteOffset, checked((int)tensor.ByteLength))
        : throw new ArgumentException($"tensor '{tensor.Name}' does not lie in host memory");

    private static StepState ReadState(Tensor stepState) => MemoryMarshal.Read<StepState>(Bytes(stepState));

    /// <summary>A constant in the element type.</summary>
    private static T Real<T>(double value) where T : INumber<T> => T.CreateTruncating(value);

    /// <summary>A ReLU that lets NaN through, so that a diverged run is seen.</summary>
    private static T Relu<T>(T z) where T : INumber<T> => z < T.Zero ? T.Zero : z;
}
