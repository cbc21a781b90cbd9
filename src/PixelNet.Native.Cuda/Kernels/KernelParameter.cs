using System.Runtime.CompilerServices;

namespace PixelNet.Native.Cuda.Kernels;

/// <summary>One parameter of a kernel as the host passes it; a test compares it with the PTX.</summary>
/// <param name="Name">Its name in the <c>.cu</c>.</param>
/// <param name="Bytes">Size.</param>
/// <param name="Alignment">Natural alignment.</param>
public sealed record KernelParameter(string Name, int Bytes, int Alignment)
{
    /// <summary>Address of device memory; may be null where the kernel says so.</summary>
    public static KernelParameter Pointer(string name) => new(name, sizeof(ulong), sizeof(ulong));

    /// <summary>A number or a struct by value: the same fields in the same order as in the <c>.cu</c>.</summary>
    public static KernelParameter Value<T>(string name) where T : unmanaged => new(name, Unsafe.SizeOf<T>(), AlignmentOf<T>());

    /// <summary>Natural alignment of a type, as C has it.</summary>
    internal static int AlignmentOf<T>() where T : unmanaged => Unsafe.SizeOf<Offset<T>>() - Unsafe.SizeOf<T>();

    private struct Offset<T> where T : unmanaged
    {
#pragma warning disable CS0169, IDE0051 // The layout is all that is asked for.
        private readonly byte _first;
        private readonly T _second;
#pragma warning restore CS0169, IDE0051
    }
}
