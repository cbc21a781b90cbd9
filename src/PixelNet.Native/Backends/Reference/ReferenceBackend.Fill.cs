// Fill: every element becomes one value. The only op that also takes integers. Twin: Cpu/CpuBackend.Fill.cs. Case: Diagnostics/Cases/FillCase.cs.
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Reference;

public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public void Fill(Tensor destination, double value)
    {
        switch (destination.Type)
        {
            case ElementType.Float32: Fill(destination, (float)value); break;
            case ElementType.Float64: Fill<double>(destination, value); break;
            case ElementType.Int32: Fill(destination, (int)value); break;
            case ElementType.UInt8: Fill(destination, (byte)value); break;
            default: throw new ArgumentException($"the reference backend has no {destination.Type} ('{destination.Name}')");
        }
    }

    private static void Fill<T>(Tensor destination, T value) where T : unmanaged
    {
        int count = checked((int)destination.Count);
        var elements = new View<T>(destination, count);
        for (int i = 0; i < count; i++) elements[i] = value;
    }
}
