using System.Runtime.InteropServices;

namespace PixelNet.Native.Ptx.Execution;

/// <summary>
/// One allocation of device memory. Device addresses are virtual and never used twice, with unmapped gaps between allocations, so an access
/// beyond either end or after <c>Free</c> hits nothing; the host memory behind holds exactly the bytes asked for.
/// </summary>
internal sealed unsafe class Allocation : IDisposable
{
    public Allocation(ulong address, long bytes, string name)
    {
        Address = address;
        Bytes = bytes;
        Name = name;
        Host = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 1), 256);
        // Unwritten memory is NaN in every floating type: what reads it shows.
        new Poison(Host, bytes).Fill();
        Initialised = new InitialisedBytes(bytes);
    }

    ~Allocation() => NativeMemory.AlignedFree(Host);

    /// <summary>Device address of the first byte.</summary>
    public ulong Address { get; }

    public long Bytes { get; private set; }

    public string Name { get; }

    public byte* Host { get; private set; }

    /// <summary>Host pointer minus device address.</summary>
    public ulong Delta => (ulong)Host - Address;

    public InitialisedBytes Initialised { get; }

    public bool Contains(ulong address) => address - Address < (ulong)Bytes;

    public void Dispose()
    {
        NativeMemory.AlignedFree(Host);
        Host = null;
        Bytes = 0;
        GC.SuppressFinalize(this);
    }
}

/// <summary>The fill of memory that nobody has written.</summary>
/// <param name="Start">First byte.</param>
/// <param name="Bytes">Length.</param>
internal readonly unsafe record struct Poison(nint Start, long Bytes)
{
    public const byte Value = 0xFF;

    public Poison(byte* start, long bytes) : this((nint)start, bytes)
    {
    }

    public void Fill() => NativeMemory.Fill((void*)Start, (nuint)Bytes, Value);
}
