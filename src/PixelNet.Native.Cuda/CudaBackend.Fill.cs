using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Cuda;

// Fill: every element becomes one value. Integers are the driver's own memset.
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public void Fill(Tensor destination, double value)
    {
        long count = destination.Count;
        switch (destination.Type)
        {
            case ElementType.Float32:
                Launch(FillKernels.Forward, count, Floats(destination, count), count, (float)value);
                break;
            case ElementType.Int32:
                _context.Driver.SetWords(Address(destination), (uint)(int)value, count, _stream.Handle);
                break;
            case ElementType.UInt8:
                _context.Driver.SetBytes(Address(destination), (byte)value, count, _stream.Handle);
                break;
            default:
                throw new ArgumentException($"the {Name} backend has no {destination.Type} ('{destination.Name}')");
        }
    }
}
