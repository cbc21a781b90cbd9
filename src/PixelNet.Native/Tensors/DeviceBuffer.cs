using System.Runtime.InteropServices;

namespace PixelNet.Native.Tensors;

/// <summary>One allocation in the memory of some backend; tensors are views of it.</summary>
public abstract class DeviceBuffer : IDisposable
{
    /// <summary>Size in bytes.</summary>
    public abstract long ByteLength { get; }

    /// <summary>Gives the memory back; views of it are dead from then on.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases the memory.</summary>
    protected abstract void Dispose(bool disposing);
}

/// <summary>
/// Native host memory, aligned to a page of 4 KiB and zeroed, outside the garbage collector's reach: what the reference
/// and CPU backends allocate, and what <see cref="Tensor.Span{T}"/> can look into.
/// </summary>
/// <remarks>
/// On Linux a large buffer asks for huge pages (2 MiB): the strided walks of the kernels touch hundreds of pages at once, more
/// than the translation cache holds of the small ones.
/// </remarks>
public sealed unsafe partial class HostBuffer : DeviceBuffer
{
    private const int Alignment = 4096;
    private const int HugePage = 1 << 21;
    private const int AdviseHugePages = 14;
    private byte* _pointer;

    /// <summary>Allocates <paramref name="byteLength"/> bytes.</summary>
    /// <param name="byteLength">How many.</param>
    /// <param name="zeroed">Whether they are zeroed; else they are to be written before they are read.</param>
    /// <exception cref="InsufficientMemoryException">The machine does not give that much.</exception>
    public HostBuffer(long byteLength, bool zeroed = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(byteLength);
        ByteLength = byteLength;
        // Linux promises more than there is and ends the process on the first touch: what cannot fit is refused before.
        if (byteLength > Available) throw Short(byteLength);
        try
        {
            bool large = byteLength >= 2 * HugePage;
            _pointer = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(byteLength, 1), (nuint)(large ? HugePage : Alignment));
            // Advice only: where the kernel cannot follow it, the pages stay small.
            if (large && OperatingSystem.IsLinux()) _ = Advise(_pointer, (nuint)byteLength, AdviseHugePages);
        }
        catch (OutOfMemoryException)
        {
            throw Short(byteLength);
        }
        if (zeroed) NativeMemory.Clear(_pointer, (nuint)byteLength);
    }

    /// <summary>Bytes of the machine, or of the limit that the program runs under, that it has not taken yet.</summary>
    public static long Available => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - Environment.WorkingSet;

    /// <inheritdoc/>
    public override long ByteLength { get; }

    /// <summary>The first byte.</summary>
    /// <exception cref="ObjectDisposedException">The buffer was disposed of.</exception>
    public byte* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(_pointer == null, this);
            return _pointer;
        }
    }

    private static InsufficientMemoryException Short(long byteLength) =>
        new($"the machine did not give the {byteLength / (1024.0 * 1024.0):F0} MiB that the memory plan asks for");

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        NativeMemory.AlignedFree(_pointer);
        _pointer = null;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);

    /// <summary>Frees the native memory of a buffer that nobody disposed of.</summary>
    ~HostBuffer() => Dispose(false);
}
