using PixelNet.Native.Backends;

namespace PixelNet.Native.Sampling;

/// <summary>
/// A sequence of random numbers that is a pure function of (seed, purpose, a, b): sampling and augmentation of image b in
/// epoch or step a draw from their own sequence, so a resumed run draws what an uninterrupted one would.
/// </summary>
public struct PhiloxStream(ulong seed, uint purpose, uint a, uint b)
{
    private uint _counter;
    private int _left;
    private (uint X0, uint X1, uint X2, uint X3) _words;

    /// <summary>The next 32 random bits.</summary>
    public uint NextUInt32()
    {
        if (_left == 0)
        {
            _words = Philox.Words(seed, _counter++, purpose, a, b);
            _left = 4;
        }
        return _left-- switch { 4 => _words.X0, 3 => _words.X1, 2 => _words.X2, _ => _words.X3 };
    }

    /// <summary>A number in [0, 1), 32 bits of resolution.</summary>
    public double NextDouble() => NextUInt32() * (1.0 / 4294967296.0);

    /// <summary>A whole number in [0, <paramref name="bound"/>), by multiplication (bias below 2^-32 * bound).</summary>
    public int NextInt(int bound) => (int)((ulong)NextUInt32() * (uint)bound >> 32);

    /// <summary>A standard normal number (Box and Muller).</summary>
    public double NextNormal() => Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());
}
