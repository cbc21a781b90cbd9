using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PixelNet.Native.Cuda.Kernels;

/// <summary>The value of one kernel parameter, on the stack.</summary>
public readonly struct KernelArgument
{
    /// <summary>Most bytes of a struct that is passed by value.</summary>
    public const int MostBytes = 1024;

    /// <summary>Most bytes of a parameter block.</summary>
    public const int MostBlockBytes = 4096;

    private readonly Storage _storage;

    private KernelArgument(ReadOnlySpan<byte> bytes, int alignment)
    {
        if (bytes.Length > MostBytes) throw new ArgumentException($"a kernel argument of {bytes.Length} bytes is more than the {MostBytes} that are provided for");
        (Bytes, Alignment) = (bytes.Length, alignment);
        bytes.CopyTo(_storage);
    }

    /// <summary>Size.</summary>
    public int Bytes { get; }

    /// <summary>Natural alignment.</summary>
    public int Alignment { get; }

    /// <summary>A number or a struct by value.</summary>
    public static KernelArgument Value<T>(T value) where T : unmanaged =>
        new(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)), KernelParameter.AlignmentOf<T>());

    /// <summary>An integer by value.</summary>
    public static implicit operator KernelArgument(int value) => Value(value);

    /// <summary>A long integer by value.</summary>
    public static implicit operator KernelArgument(long value) => Value(value);

    /// <summary>An unsigned integer by value.</summary>
    public static implicit operator KernelArgument(uint value) => Value(value);

    /// <summary>A float by value.</summary>
    public static implicit operator KernelArgument(float value) => Value(value);

    /// <summary>A device address.</summary>
    public static implicit operator KernelArgument(ulong address) => Value(address);

    /// <summary>Packs arguments as the PTX lays them out, and refuses what the entry does not declare.</summary>
    /// <returns>Bytes of the block.</returns>
    internal static int Pack(Span<byte> block, KernelEntry entry, ReadOnlySpan<KernelArgument> arguments)
    {
        if (arguments.Length != entry.Parameters.Count)
            throw new ArgumentException($"the kernel '{entry}' takes {entry.Parameters.Count} arguments, not {arguments.Length}");
        int offset = 0;
        for (int i = 0; i < arguments.Length; i++)
        {
            ref readonly var argument = ref arguments[i];
            var parameter = entry.Parameters[i];
            if (argument.Bytes != parameter.Bytes || argument.Alignment != parameter.Alignment)
                throw new ArgumentException($"argument '{parameter.Name}' of the kernel '{entry}' has {argument.Bytes} bytes aligned to {argument.Alignment}, expected {parameter.Bytes} aligned to {parameter.Alignment}");
            offset = (offset + argument.Alignment - 1) / argument.Alignment * argument.Alignment;
            ((ReadOnlySpan<byte>)argument._storage)[..argument.Bytes].CopyTo(block[offset..]);
            offset += argument.Bytes;
        }
        return offset;
    }

    [InlineArray(MostBytes)]
    private struct Storage
    {
        private byte _first;
    }
}
