namespace PixelNet.Native.Data.Weights.Formats;

/// <summary>A stream to read forwards, whose bytes are made a buffer at a time.</summary>
internal abstract class RefilledStream(long length) : Stream
{
    private int _at;
    private ArraySegment<byte> _made;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        if (_at == _made.Count)
        {
            (_made, _at) = (Refill(), 0);
            if (_made.Count == 0) return 0;
        }
        int count = Math.Min(buffer.Length, _made.Count - _at);
        _made.AsSpan(_at, count).CopyTo(buffer);
        _at += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void Flush() { }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>The next bytes; none at the end.</summary>
    protected abstract ArraySegment<byte> Refill();
}
