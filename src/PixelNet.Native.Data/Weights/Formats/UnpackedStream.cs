namespace PixelNet.Native.Data.Weights.Formats;

/// <summary>Numbers of a repeated field that are not packed, each behind its key of one byte, as a stream of the numbers alone; to read forwards.</summary>
internal sealed class UnpackedStream(Stream whole, long start, long count, int size) : RefilledStream(count * size)
{
    private const int NumbersAtOnce = 4096;
    private readonly byte[] _keyed = new byte[(size + 1) * (int)Math.Min(count, NumbersAtOnce)];
    private readonly byte[] _numbers = new byte[size * (int)Math.Min(count, NumbersAtOnce)];
    private long _done;

    protected override ArraySegment<byte> Refill()
    {
        int n = (int)Math.Min(count - _done, NumbersAtOnce);
        if (n == 0) return default;
        whole.Position = start + _done * (size + 1);
        whole.ReadExactly(_keyed, 0, n * (size + 1));
        for (int i = 0; i < n; i++) _keyed.AsSpan(i * (size + 1) + 1, size).CopyTo(_numbers.AsSpan(i * size));
        _done += n;
        return new(_numbers, 0, n * size);
    }
}
