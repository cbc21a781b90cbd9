using System.Runtime.InteropServices;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Sampling;

namespace PixelNet.Native.KernelBench.Rows;

/// <summary>What numbers of a <see cref="NormalPattern"/> are made of a normally distributed one.</summary>
internal enum NumberKind
{
    /// <summary>Itself.</summary>
    Normal,

    /// <summary>Itself, through a ReLU.</summary>
    Rectified,

    /// <summary>Its absolute value.</summary>
    Magnitude,
}

/// <summary>Normally distributed numbers for inputs of any length: drawn once, and copied over and over on the device, so that a gigabyte costs milliseconds.</summary>
/// <param name="driver">The device.</param>
internal sealed class NormalPattern(ICudaDriver driver) : IDisposable
{
    // Prime, so that no two rows of a matrix are the same numbers.
    private const int Length = 1_048_573;
    private static readonly float[] Numbers = Draw();
    private readonly Dictionary<(NumberKind Kind, double Scale), ulong> _onDevice = [];

    /// <summary>Queues the copies.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="count">How many floats.</param>
    /// <param name="kind">Of which kind.</param>
    /// <param name="scale">What each is multiplied by.</param>
    /// <param name="start">Where in the pattern they begin.</param>
    /// <param name="stream">Where the copies are queued.</param>
    public void Fill(ulong address, long count, NumberKind kind, double scale, long start, nint stream)
    {
        ulong pattern = OnDevice(kind, scale, stream);
        for (long at = 0; at < count;)
        {
            long from = (at + start) % Length, some = Math.Min(Length - from, count - at);
            driver.CopyOnDevice(address + (ulong)(at * sizeof(float)), pattern + (ulong)(from * sizeof(float)), some * sizeof(float), stream);
            at += some;
        }
    }

    public void Dispose()
    {
        foreach (ulong pattern in _onDevice.Values) driver.Free(pattern);
    }

    private ulong OnDevice(NumberKind kind, double scale, nint stream)
    {
        if (_onDevice.TryGetValue((kind, scale), out ulong known)) return known;
        float[] values = Array.ConvertAll(Numbers, number => (float)(scale * (kind == NumberKind.Normal ? number : kind == NumberKind.Rectified ? Math.Max(number, 0) : Math.Abs(number))));
        ulong pattern = driver.Allocate(Length * sizeof(float));
        _onDevice.Add((kind, scale), pattern);
        driver.CopyToDevice(pattern, MemoryMarshal.AsBytes<float>(values), stream);
        // Other streams read it, too.
        driver.SynchronizeStream(stream);
        return pattern;
    }

    private static float[] Draw()
    {
        var random = new PhiloxStream(1, RandomPurpose.Pixels, 0, 0);
        var numbers = new float[Length];
        foreach (ref float number in numbers.AsSpan()) number = (float)random.NextNormal();
        return numbers;
    }
}
