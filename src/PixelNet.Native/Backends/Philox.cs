namespace PixelNet.Native.Backends;

/// <summary>
/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011): four random words that are a pure function
/// of a 128-bit counter and a 64-bit key. What is drawn therefore depends on what it is for, never on who draws first.
/// </summary>
public static class Philox
{
    private const uint M0 = 0xD2511F53, M1 = 0xCD9E8D57, W0 = 0x9E3779B9, W1 = 0xBB67AE85;

    /// <summary>The four words for a counter (c0..c3, c0 the lowest) and a key.</summary>
    public static (uint X0, uint X1, uint X2, uint X3) Words(ulong key, uint c0, uint c1, uint c2, uint c3)
    {
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = (ulong)M0 * c0, p1 = (ulong)M1 * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += W0;
            k1 += W1;
        }
        return (c0, c1, c2, c3);
    }

    /// <summary>
    /// The words that decide the dropout of elements 4*block .. 4*block+3 of layer <paramref name="stream"/> in step <paramref name="step"/>:
    /// counter = (low block, high block, stream, low step), the high half of the step folded into the key.
    /// </summary>
    public static (uint X0, uint X1, uint X2, uint X3) Dropout(ulong seed, ulong step, int stream, ulong block) =>
        Words(seed ^ (step & 0xFFFFFFFF00000000), (uint)block, (uint)(block >> 32), (uint)stream, (uint)step);

    /// <summary>An element is dropped when its word is below this: p * 2^32.</summary>
    public static uint DropoutThreshold(float p) => (uint)Math.Min(p * 4294967296.0, uint.MaxValue);
}
