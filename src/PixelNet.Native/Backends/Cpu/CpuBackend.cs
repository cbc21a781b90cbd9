using System.Numerics;
using System.Runtime.CompilerServices;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Cpu;

/// <summary>
/// The backend of a machine without a GPU: SIMD kernels of the widest registers there are (512, 256 or 128 bits, or none), on all
/// cores. Results depend on the instruction-set <see cref="Level"/>, never on the number of threads: work is cut by shape, and partial
/// sums are added in a fixed order.
/// </summary>
/// <remarks>
/// One thread at a time may call it. Every product (convolution, dense layer, and their gradients) runs through one micro-kernel
/// (<c>MicroKernel</c>) under two drivers (<c>Correlation</c>, <c>WeightGradient</c>); everything else is bound by memory and
/// written in <see cref="Vector{T}"/>, which is as wide as the machine. Ops: CpuBackend.&lt;Op&gt;.cs; plain twins: Reference/.
/// </remarks>
public sealed unsafe partial class CpuBackend : IBackend
{
    private const int CacheLine = 64;

    private readonly WorkerPool _pool;
    private readonly MicroKernel _kernel;
    private readonly ConvolutionChoice _choice;
    private long _parameterVersion;
    private readonly HostBuffer _partials = new(MaxSoftmaxChunks * sizeof(SoftmaxPartial));

    /// <summary>Starts the threads.</summary>
    /// <param name="threads">Threads to work with, the caller's included; 0 = one per processor.</param>
    /// <param name="exact">Convolutions by the direct sum only, never by Winograd's, which is faster and rounds more.</param>
    public CpuBackend(int threads = 0, bool exact = false) : this(threads, MicroKernel.BestLevel, exact)
    {
    }

    /// <summary>With the products of another level, which this machine may lack: for tests.</summary>
    internal CpuBackend(int threads, string level, bool exact = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        _kernel = MicroKernel.Of(level);
        _choice = new ConvolutionChoice(level, exact);
        Level = exact ? level + "-exact" : level;
        _pool = new WorkerPool(threads == 0 ? Environment.ProcessorCount : threads);
    }

    /// <inheritdoc/>
    public string Name => "cpu";

    /// <summary><c>avx512</c>, <c>avx2</c>, <c>simd128</c> or <c>scalar</c>; <c>-exact</c> behind it where every convolution is direct.</summary>
    public string Level { get; }

    /// <summary>The level of this processor, where the program was compiled ahead of time for less and so cannot use it; else null.</summary>
    public static string? MissedLevel =>
        !RuntimeFeature.IsDynamicCodeSupported && MicroKernel.ProcessorLevel is var level && level != MicroKernel.BestLevel ? level : null;

    /// <summary>Threads that share the work, the caller's included.</summary>
    public int Threads => _pool.Threads;

    /// <inheritdoc/>
    public bool AllocatesHostMemory => true;

    /// <inheritdoc/>
    public DeviceBuffer Allocate(long byteLength) => new HostBuffer(byteLength);

    /// <inheritdoc/>
    public void Upload(Tensor destination, ReadOnlySpan<byte> source)
    {
        if (source.Length != destination.ByteLength)
            throw new ArgumentException($"{source.Length} bytes do not fill '{destination.Name}' of {destination.ByteLength} bytes");
        source.CopyTo(new Span<byte>(Bytes(destination), source.Length));
    }

    /// <inheritdoc/>
    public void Download(Span<byte> destination, Tensor source)
    {
        if (destination.Length != source.ByteLength)
            throw new ArgumentException($"{destination.Length} bytes do not hold '{source.Name}' of {source.ByteLength} bytes");
        new ReadOnlySpan<byte>(Bytes(source), destination.Length).CopyTo(destination);
    }

    /// <inheritdoc/>
    public void Synchronize()
    {
    }

    /// <inheritdoc/>
    public void ParametersChanged() => _parameterVersion++;

    /// <summary>Ends the threads.</summary>
    public void Dispose()
    {
        _pool.Dispose();
        _partials.Dispose();
    }

    private static byte* Bytes(Tensor tensor) => tensor.Buffer is HostBuffer host
        ? host.Pointer + tensor.ByteOffset
        : throw new ArgumentException($"tensor '{tensor.Name}' does not lie in host memory");

    private static float* Floats(Tensor tensor, long count) => Elements<float>(tensor, count);

    private static float* Floats(Tensor? tensor, long count, bool optional) => tensor is null && optional ? null : Elements<float>(tensor!, count);

    /// <summary>The elements of a tensor, of which the op will touch <paramref name="count"/>.</summary>
    private static T* Elements<T>(Tensor tensor, long count) where T : unmanaged => tensor.Count >= count
        ? tensor.Pointer<T>()
        : throw new ArgumentException($"tensor '{tensor.Name}' {tensor.Shape} has fewer than the {count} elements that the op's sizes ask for");

    /// <summary>The op's scratch memory.</summary>
    private static byte* Workspace(OpMemory memory, long bytes)
    {
        if (bytes == 0) return null;
        if (memory.Workspace is null || memory.Workspace.ByteLength < bytes)
            throw new ArgumentException($"the op needs a workspace of {bytes} bytes, as Describe said, and got {memory.Workspace?.ByteLength ?? 0}");
        return Bytes(memory.Workspace);
    }

    /// <summary>Cuts <paramref name="count"/> items into chunks of at least <paramref name="minimum"/>: how many, by the count alone.</summary>
    private static int Chunks(long count, long minimum, int maximum = 64) => (int)Math.Clamp(count / minimum, 1, maximum);

    /// <summary>First item of chunk <paramref name="chunk"/>.</summary>
    private static long ChunkStart(long count, int chunks, int chunk) => count * chunk / chunks;
}
