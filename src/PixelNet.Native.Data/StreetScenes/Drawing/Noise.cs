using System.Runtime.Intrinsics;

namespace PixelNet.Native.Data.StreetScenes.Drawing;

/// <summary>
/// Noise on integer lattices: a hash of the cell, interpolated smoothly. Only integer and basic IEEE arithmetic, so every machine draws the same.
/// Octaves finer than the footprint of a pixel fade out, which is what keeps far textures from flickering between resolutions.
/// </summary>
internal static class Noise
{
    private const uint XFactor = 0x9E3779B1, YFactor = 0x85EBCA77;

    /// <summary>32 well-mixed bits of a cell.</summary>
    public static uint Hash(int x, int y, uint seed)
    {
        uint h = seed ^ (uint)x * XFactor ^ (uint)y * YFactor;
        h ^= h >> 15;
        h *= 0x2C1B3C6D;
        h ^= h >> 12;
        h *= 0x297A2D39;
        return h ^ h >> 15;
    }

    /// <summary>A number in [0, 1) of a cell.</summary>
    public static float Cell(int x, int y, uint seed) => (Hash(x, y, seed) >> 8) * (1f / 16777216);

    /// <summary>Smooth noise in [-1, 1), one value a unit cell.</summary>
    public static float Value(float x, float y, uint seed)
    {
        float fx = MathF.Floor(x), fy = MathF.Floor(y);
        int ix = (int)fx, iy = (int)fy;
        float tx = Smooth(x - fx), ty = Smooth(y - fy);
        // The four corners at a time, one a lane.
        uint x0 = seed ^ (uint)ix * XFactor, x1 = seed ^ (uint)(ix + 1) * XFactor, y0 = (uint)iy * YFactor, y1 = (uint)(iy + 1) * YFactor;
        var corners = Vector128.ConvertToSingle((Mix(Vector128.Create(x0 ^ y0, x1 ^ y0, x0 ^ y1, x1 ^ y1)) >>> 8).AsInt32());
        float a = corners[0], b = corners[1], c = corners[2], d = corners[3];
        float top = a + (b - a) * tx, bottom = c + (d - c) * tx;
        return (top + (bottom - top) * ty) * (2f / 16777216) - 1;
    }

    /// <summary>Sum of octaves, each half as large and half as strong, in about [-1, 1]; <paramref name="footprint"/> is a pixel's size in cells of the first.</summary>
    public static float Fractal(float x, float y, float footprint, int octaves, uint seed)
    {
        float sum = 0, strength = 0.55f;
        for (int octave = 0; octave < octaves; octave++)
        {
            float weight = Shape.Clamp01(2 - 2 * footprint);
            if (weight <= 0) break;
            sum += strength * weight * Value(x, y, seed + (uint)octave);
            (x, y, footprint, strength) = (2 * x + 17.3f, 2 * y + 5.7f, 2 * footprint, 0.5f * strength);
        }
        return sum;
    }

    private static Vector128<uint> Mix(Vector128<uint> h)
    {
        h ^= h >>> 15;
        h *= Vector128.Create(0x2C1B3C6Du);
        h ^= h >>> 12;
        h *= Vector128.Create(0x297A2D39u);
        return h ^ h >>> 15;
    }

    private static float Smooth(float t) => t * t * (3 - 2 * t);
}
