using System.Runtime.InteropServices;
using PixelNet.Native.Cuda;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.KernelBench.Rows;
using PixelNet.Native.Tensors;
using Xunit;

namespace PixelNet.Native.KernelBench.Tests;

/// <summary>What goes to the device and comes back in pieces, larger than a piece and no multiple of it.</summary>
public sealed class OutputTests : IDisposable
{
    private const int Count = 2_500_001;
    private readonly EmulatedCudaDriver _driver = new();
    private readonly CudaBackend _backend;

    public OutputTests() => _backend = new CudaBackend(_driver, ownsDriver: false);

    [Fact]
    public void One_byte_that_differs_is_found_wherever_it_is()
    {
        using var reader = new OutputReader(_driver);
        using var pattern = new NormalPattern(_driver);
        using var memory = new RowMemory(_backend, pattern);
        Tensor[] outputs = [memory.Normal("a", new Shape(7)), memory.Normal("b", new Shape(Count))];
        byte[][] read = reader.Read(outputs, _backend.Stream.Handle);
        Assert.Equal([28, 4 * Count], read.Select(bytes => bytes.Length));
        Assert.True(reader.Hold(outputs, read, _backend.Stream.Handle));
        foreach (int at in (int[])[0, 1 << 20, 4 * Count - 1])
        {
            read[1][at] ^= 1;
            Assert.False(reader.Hold(outputs, read, _backend.Stream.Handle));
            read[1][at] ^= 1;
        }
    }

    [Fact]
    public void Distance_and_numbers_that_are_none()
    {
        float[] expected = [.. Enumerable.Repeat(2f, Count)], actual = [.. expected];
        Assert.Equal(0, OutputReader.Distance(Bytes(actual), Bytes(expected)));
        actual[^1] = 5;
        Assert.Equal(3 / Math.Sqrt(4.0 * Count), OutputReader.Distance(Bytes(actual), Bytes(expected)), 1e-12);
        Assert.False(OutputReader.HasNaN(Bytes(actual)));
        actual[^1] = float.NaN;
        Assert.True(OutputReader.HasNaN(Bytes(actual)));
    }

    /// <summary>Normally distributed whatever the length; rows of a matrix whose width is a power of two are not the same numbers.</summary>
    [Fact]
    public void Inputs_are_normal_and_do_not_repeat_by_rows()
    {
        using var reader = new OutputReader(_driver);
        using var pattern = new NormalPattern(_driver);
        using var memory = new RowMemory(_backend, pattern);
        Tensor[] inputs = [memory.Normal("normal", new Shape(Count), 0.5), memory.Rectified("rectified", new Shape(Count)), memory.State("state", new Shape(Count))];
        byte[][] read = reader.Read(inputs, _backend.Stream.Handle);
        float[] normal = Floats(read[0]);
        Assert.Equal(0, normal.Average(), 0.01);
        Assert.Equal(0.5, Math.Sqrt(normal.Average(value => (double)value * value)), 0.01);
        for (int row = 1; row < Count / 4096; row++) Assert.False(normal.AsSpan(4096 * row, 4096).SequenceEqual(normal.AsSpan(0, 4096)));
        Assert.Equal(0.5, Floats(read[1]).Count(value => value == 0) / (double)Count, 0.01);
        Assert.All(Floats(read[2]), value => Assert.InRange(value, 0, 0.1f));
        memory.Reset();
        Assert.True(reader.Hold(inputs, read, _backend.Stream.Handle));
    }

    public void Dispose()
    {
        _backend.Dispose();
        _driver.Dispose();
    }

    private static byte[] Bytes(float[] values) => MemoryMarshal.AsBytes<float>(values).ToArray();

    private static float[] Floats(byte[] bytes) => MemoryMarshal.Cast<byte, float>(bytes).ToArray();
}
