namespace PixelNet.Native.Weights.Tests.Fuzzing;

/// <summary>Takes bytes and forgets them; unlike <see cref="Stream.Null"/> it has no position.</summary>
internal sealed class NullStream : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Write(ReadOnlySpan<byte> buffer) { }

    public override void Write(byte[] buffer, int offset, int count) { }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Flush() { }
}
