using System.Runtime.InteropServices;
using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;
using TorchSharp;
using TorchTensor = TorchSharp.torch.Tensor;

namespace PixelNet.Native.Oracles.Tests;

/// <summary>Numbers in and out of a backend's tensors, and how far apart two lists of them are.</summary>
internal static class Numbers
{
    public static void Write(IBackend backend, Tensor tensor, float[] numbers)
    {
        if (tensor.Type == ElementType.Float32) backend.Upload(tensor, MemoryMarshal.AsBytes<float>(numbers));
        else backend.Upload(tensor, MemoryMarshal.AsBytes<double>(Array.ConvertAll(numbers, number => (double)number)));
    }

    public static double[] Read(IBackend backend, Tensor tensor)
    {
        var bytes = new byte[tensor.ByteLength];
        backend.Download(bytes, tensor);
        return tensor.Type == ElementType.Float32
            ? Array.ConvertAll(MemoryMarshal.Cast<byte, float>(bytes).ToArray(), number => (double)number)
            : MemoryMarshal.Cast<byte, double>(bytes).ToArray();
    }

    public static double[] Read(TorchTensor tensor) => tensor.detach().to(torch.float64).contiguous().data<double>().ToArray();

    /// <summary>|actual - expected| / |expected| of the two as vectors; the absolute length where the expected one is 0.</summary>
    public static double Distance(double[] actual, double[] expected)
    {
        double Norm(IEnumerable<double> numbers) => Math.Sqrt(numbers.Sum(number => number * number));
        double length = Norm(expected), apart = Norm(actual.Zip(expected, (a, e) => a - e));
        return actual.Length != expected.Length ? double.PositiveInfinity : length == 0 ? apart : apart / length;
    }
}
