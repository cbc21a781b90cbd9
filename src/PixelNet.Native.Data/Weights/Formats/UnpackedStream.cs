namespace PixelNet.Native.Data.Weights.Formats;

/// <summary>Numbers of a repeated field that are not packed, each behind its key of one byte, as a stream of the numbers alone; to read forwards.</summary>
internal sealed class UnpackedStream(Stream whole, long start, long count, int size) : Stream
{
    private const int NumbersAtOnce = 4096;
    private readonly byte[] _keyed = new byte[(size + 1) * (int)Math.Min(count, NumbersAtOnce)];
    private readonly byte[] _numbers = new byte[size * (int)Math.Min(count, NumbersAtOnce)];
    private long _done;
    private int _at, _filled;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => count * size;

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        if (_at == _filled && !Refill()) return 0;
        int n = Math.Min(buffer.Length, _filled - _at);
        _numbers.AsSpan(_at, n).CopyTo(buffer);
        _at += n;
        return n;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void Flush() { }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private bool Refill()
    {
        int n = (int)Math.Min(count - _done, NumbersAtOnce);
        if (n == 0) return false;
        whole.Position = start + _done * (size + 1);
        whole.ReadExactly(_keyed, 0, n * (size + 1));
        for (int i = 0; i < n; i++) _keyed.AsSpan(i * (size + 1) + 1, size).CopyTo(_numbers.AsSpan(i * size));
        (_done, _at, _filled) = (_done + n, 0, n * size);
        return true;
    }
}
