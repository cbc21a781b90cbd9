using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PixelNet.Native.Backends.Cpu;

/// <summary>
/// Inverted dropout in place: element e is 0 where word e % 4 of Philox block e / 4 is below the threshold, else scaled
/// (<see cref="Philox.Dropout"/>). The same bits on every machine; with AVX2, eight blocks, that is 32 elements, at a time.
/// </summary>
internal readonly unsafe struct DropoutMask(ulong seed, ulong step, int stream, uint threshold, float scale)
{
    private const uint M0 = 0xD2511F53, M1 = 0xCD9E8D57, W0 = 0x9E3779B9, W1 = 0xBB67AE85;

    /// <summary>Treats values[0..count-1], which are elements <paramref name="element"/> and on of their tensor.</summary>
    public void Apply(float* values, ulong element, int count)
    {
        int i = 0;
        while (i < count)
        {
            ulong e = element + (ulong)i;
            if (Avx2.IsSupported && e % 4 == 0 && count - i >= 32 && (uint)(e / 4) <= uint.MaxValue - 8)
            {
                Apply32(values + i, e / 4);
                i += 32;
                continue;
            }
            var words = Philox.Dropout(seed, step, stream, e / 4);
            do
            {
                uint word = (e % 4) switch { 0 => words.X0, 1 => words.X1, 2 => words.X2, _ => words.X3 };
                values[i] = word < threshold ? 0 : values[i] * scale;
                i++;
                e++;
            } while (i < count && e % 4 != 0);
        }
    }

    /// <summary>
    /// Blocks block .. block+7, one a lane, in the order 0 2 4 6 1 3 5 7: then the unpacking of the four words, which works within halves
    /// of a register, leaves the elements in their own order.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Apply32(float* values, ulong block)
    {
        ulong key = seed ^ (step & 0xFFFFFFFF00000000);
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        var c0 = Vector256.Create((uint)block) + Vector256.Create(0u, 2, 4, 6, 1, 3, 5, 7);
        var c1 = Vector256.Create((uint)(block >> 32));
        var c2 = Vector256.Create((uint)stream);
        var c3 = Vector256.Create((uint)step);
        for (int round = 0; round < 10; round++)
        {
            var high0 = MultiplyHigh(c0, M0);
            var high1 = MultiplyHigh(c2, M1);
            Vector256<uint> low0 = c0 * M0, low1 = c2 * M1;
            c0 = high1 ^ c1 ^ Vector256.Create(k0);
            c1 = low1;
            c2 = high0 ^ c3 ^ Vector256.Create(k1);
            c3 = low0;
            k0 += W0;
            k1 += W1;
        }
        Vector256<uint> low01 = Avx2.UnpackLow(c0, c1), low23 = Avx2.UnpackLow(c2, c3), high01 = Avx2.UnpackHigh(c0, c1), high23 = Avx2.UnpackHigh(c2, c3);
        Keep(values, Avx2.UnpackLow(low01.AsUInt64(), low23.AsUInt64()).AsUInt32());
        Keep(values + 8, Avx2.UnpackHigh(low01.AsUInt64(), low23.AsUInt64()).AsUInt32());
        Keep(values + 16, Avx2.UnpackLow(high01.AsUInt64(), high23.AsUInt64()).AsUInt32());
        Keep(values + 24, Avx2.UnpackHigh(high01.AsUInt64(), high23.AsUInt64()).AsUInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Keep(float* values, Vector256<uint> words)
    {
        var kept = Vector256.GreaterThanOrEqual(words, Vector256.Create(threshold));
        (Vector256.Load(values) * scale & kept.AsSingle()).Store(values);
    }

    /// <summary>High 32 bits of each lane times m: the even lanes and the odd ones separately, as 64-bit products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> MultiplyHigh(Vector256<uint> x, uint m)
    {
        var factor = Vector256.Create(m);
        var even = Avx2.Multiply(x, factor) >>> 32;
        var odd = Avx2.Multiply((x.AsUInt64() >>> 32).AsUInt32(), factor);
        return (even | odd & Vector256.Create(0xFFFFFFFF00000000)).AsUInt32();
    }
}
