using Microsoft.Win32.SafeHandles;
using PixelNet.Native.Data.Weights.Formats;

namespace PixelNet.Native.Data.Weights;

/// <summary>A part of a stream as a stream of its own, to read; the whole stays open, and others may move its position between two reads. Several threads may call
/// <see cref="ReadExactlyAt"/> at a time.</summary>
/// <param name="whole">The stream.</param>
/// <param name="start">Where the part begins.</param>
/// <param name="length">Its bytes.</param>
/// <param name="check">What sees the bytes where they are read in order from the first one; null = nothing.</param>
internal sealed class SliceStream(Stream whole, long start, long length, EntryCheck? check = null) : Stream
{
    private readonly SafeFileHandle? _handle = (whole as FileStream)?.SafeFileHandle;
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => _position = value;
    }

    public override int Read(Span<byte> buffer)
    {
        int read = ReadAt(buffer, _position);
        check?.Add(_position, buffer[..read]);
        _position += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <summary>Fills the buffer from a place on; the stream's own position stays.</summary>
    /// <exception cref="EndOfStreamException">There is less.</exception>
    public void ReadExactlyAt(Span<byte> buffer, long position)
    {
        while (buffer.Length > 0)
        {
            int read = ReadAt(buffer, position);
            if (read == 0) throw new EndOfStreamException($"Byte {start + position:N0} is behind the end.");
            buffer = buffer[read..];
            position += read;
        }
    }

    public override long Seek(long offset, SeekOrigin origin) =>
        _position = offset + (origin == SeekOrigin.Begin ? 0 : origin == SeekOrigin.Current ? _position : length);

    public override void Flush() { }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int ReadAt(Span<byte> buffer, long position)
    {
        int count = (int)Math.Min(buffer.Length, Math.Max(0, length - position));
        if (count == 0) return 0;
        if (_handle is not null) return RandomAccess.Read(_handle, buffer[..count], start + position);
        lock (whole)
        {
            whole.Position = start + position;
            return whole.Read(buffer[..count]);
        }
    }
}
