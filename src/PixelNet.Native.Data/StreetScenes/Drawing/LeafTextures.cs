using System.Numerics;

namespace PixelNet.Native.Data.StreetScenes.Drawing;

/// <summary>Leaves: clumps with lit tops and dark hollows, fine specks near.</summary>
internal static class Foliage
{
    /// <summary>Brightness factor of foliage at a point; <paramref name="clump"/> is the size of a clump in metres.</summary>
    public static float Tone(float s, float t, float foot, float clump, uint seed)
    {
        float f = 1 / clump;
        float clumps = Noise.Fractal(f * s, 1.15f * f * t, 0.8f * f * foot, 3, seed);
        // Light comes from above: what rises towards the light is brighter than what falls away from it.
        float relief = clumps - Noise.Fractal(f * s, 1.15f * f * t + 0.35f, 0.8f * f * foot, 2, seed);
        float leaves = 0.34f * Noise.Value(5 * s, 6 * t, seed + 7) * Shape.Detail(0.2f, 0.7f * foot);
        return MathF.Max(0.2f, 0.95f + 0.75f * clumps + 0.35f * relief + leaves);
    }
}

/// <summary>A cut hedge or a bank of shrubs: its upper edge is ragged.</summary>
internal readonly struct Hedge(Vector3 color, float height, float ragged, float clump, uint seed) : ITexture
{
    public Vector4 At(in Hit hit)
    {
        float edge = height - ragged * (1 + Noise.Fractal(1.2f * hit.S, 0, 1.2f * hit.FootS, 3, seed + 9));
        float alpha = Shape.Clamp01((edge - hit.T) / MathF.Max(hit.FootT, 0.05f) + 0.5f);
        if (alpha <= 0) return default;
        float depth = 0.7f + 0.3f * Shape.Clamp01(hit.T / height);
        return new Vector4(color * depth * Foliage.Tone(hit.S, hit.T, hit.Foot, clump, seed), alpha);
    }
}

/// <summary>A tree's crown of up to four overlapping clouds of leaves around (s, t), ragged at the rim, with a few holes.</summary>
internal readonly struct Crown(Vector3 color, float s, float t, float radiusS, float radiusT, float cone, float sunSide, uint seed) : ITexture
{
    public Vector4 At(in Hit hit)
    {
        float x = (hit.S - s) / radiusS, y = (hit.T - t) / radiusT;
        float width = 1 - cone * 0.5f * (y + 1);
        float nearest = x * x / MathF.Max(width * width, 0.02f) + y * y;
        for (int i = 0; i < 3 && cone < 0.5f; i++)
        {
            float a = x - 1.1f * (Noise.Cell(i, 0, seed) - 0.5f), b = y - 0.9f * (Noise.Cell(i, 1, seed) - 0.5f);
            nearest = MathF.Min(nearest, 2.1f * (a * a + b * b));
        }
        if (nearest > 1.3f) return default;
        float rim = Noise.Fractal(1.6f * hit.S, 1.6f * hit.T, 1.6f * hit.Foot, 3, seed + 2);
        float inside = 0.74f + 0.62f * rim - nearest;
        float foot = MathF.Max(2 * hit.Foot / radiusS, 0.08f);
        float alpha = Shape.Clamp01(inside / foot + 0.5f);
        if (alpha <= 0) return default;
        float light = 0.85f + 0.22f * y + 0.16f * sunSide * x;
        return new Vector4(color * light * Foliage.Tone(hit.S, hit.T, hit.Foot, 1.3f, seed), alpha);
    }
}

/// <summary>A far wood: a front of tree tops of uneven height.</summary>
internal readonly struct Wood(Vector3 color, float height, uint seed) : ITexture
{
    public Vector4 At(in Hit hit)
    {
        float edge = height * (0.72f + 0.4f * Noise.Fractal(hit.S * 0.13f, 0, 0.13f * hit.FootS, 4, seed + 1));
        float alpha = Shape.Clamp01((edge - hit.T) / MathF.Max(hit.FootT, 0.1f) + 0.5f);
        if (alpha <= 0) return default;
        return new Vector4(color * (0.7f + 0.3f * hit.T / height) * Foliage.Tone(hit.S, hit.T, hit.Foot, 3.2f, seed), alpha);
    }
}
