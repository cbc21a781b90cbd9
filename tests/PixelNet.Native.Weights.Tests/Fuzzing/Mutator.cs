using System.Buffers.Binary;

namespace PixelNet.Native.Weights.Tests.Fuzzing;

/// <summary>Makes damaged files of good ones: one to eight random changes, a pure function of the seed. Half of them hit the first 2 KiB, where headers are, a fifth the
/// last 512 bytes, where archives and tables have their directories.</summary>
internal sealed class Mutator(int seed)
{
    private static readonly byte[] Interesting = [0, 1, 2, 0x7F, 0x80, 0xFE, 0xFF, (byte)'0', (byte)'9', (byte)'-', (byte)'"', (byte)'\'', (byte)'[', (byte)'{', (byte)'(', (byte)')', (byte)'.', (byte)'\n'];
    private static readonly long[] Numbers = [0, 1, -1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, long.MaxValue, long.MinValue, 1L << 40, 1L << 48];

    private readonly Random _random = new(seed);

    /// <summary>A damaged file.</summary>
    public byte[] Next(IReadOnlyList<byte[]> originals)
    {
        byte[] file = [.. originals[_random.Next(originals.Count)]];
        for (int changes = 1 + (int)(7 * Math.Pow(_random.NextDouble(), 3)); changes > 0 && file.Length > 0; changes--) file = Change(file, originals);
        return file;
    }

    private byte[] Change(byte[] file, IReadOnlyList<byte[]> originals)
    {
        int at = Place(file.Length), run = Math.Min(1 + _random.Next(_random.Next(4) == 0 ? 4096 : 48), file.Length - at);
        switch (_random.Next(12))
        {
            case 0: file[at] ^= (byte)(1 << _random.Next(8)); return file;
            case 1: file[at] = (byte)_random.Next(256); return file;
            case 2: file[at] = Interesting[_random.Next(Interesting.Length)]; return file;
            case 3: case 4: Number(file.AsSpan(at), file.Length); return file;
            case 5: Digits(file, at); return file;
            case 6: return file[..at];
            case 7: return [.. file, .. Random(1 + _random.Next(64))];
            case 8: return [.. file[..at], .. file[(at + run)..]];
            case 9: return [.. file[..at], .. file.AsSpan(at, run), .. file[at..]];
            case 10:
                int from = Place(file.Length);
                file.AsSpan(from, Math.Min(run, file.Length - from)).CopyTo(file.AsSpan(at));
                return file;
            default:
                byte[] other = originals[_random.Next(originals.Count)];
                return [.. file[..at], .. other.AsSpan(Math.Min(at, other.Length))];
        }
    }

    private int Place(int length) => _random.Next(10) switch
    {
        < 5 => _random.Next(Math.Min(length, 2048)),
        < 7 => length - 1 - _random.Next(Math.Min(length, 512)),
        _ => _random.Next(length),
    };

    private void Number(Span<byte> place, int length)
    {
        long number = _random.Next(4) == 0 ? length + _random.Next(-16, 17) : Numbers[_random.Next(Numbers.Length)];
        int size = Math.Min(place.Length, 1 << _random.Next(1, 4));
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        bytes = bytes[..size];
        if (_random.Next(4) == 0) bytes.Reverse();
        bytes.CopyTo(place);
    }

    // Numbers in text: JSON headers, NumPy's, TOML.
    private void Digits(byte[] file, int at)
    {
        while (at < file.Length && !char.IsAsciiDigit((char)file[at])) at++;
        for (; at < file.Length && char.IsAsciiDigit((char)file[at]); at++) file[at] = (byte)('0' + _random.Next(10));
        if (at < file.Length && _random.Next(3) == 0) file[at] = (byte)'9';
    }

    private byte[] Random(int count)
    {
        var bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }
}
