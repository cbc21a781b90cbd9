using System.Numerics;

namespace PixelNet.Native.Data.StreetScenes.Drawing;

/// <summary>Asphalt: grain, stains, repairs, cracks; s = X, t = Z.</summary>
internal readonly struct Asphalt(Vector3 color, float grain, uint seed) : ITexture
{
    public Vector4 At(in Hit hit)
    {
        float stains = Noise.Fractal(0.35f * hit.S, 0.12f * hit.T, 0.2f * hit.Foot, 3, seed);
        float grit = Noise.Value(9 * hit.S, 9 * hit.T, seed + 7) * Shape.Detail(0.16f, hit.FootS);
        float v = 1 + 0.10f * stains + grain * grit;
        // A repair: a long patch of other asphalt in some of the cells of a coarse lattice.
        float s = Shape.Repeat(hit.S + 40, 2.3f, out int i), t = Shape.Repeat(hit.T, 7, out int j);
        uint bits = Noise.Hash(i, j, seed + 3);
        if ((bits & 7) == 0) v *= 1 - 0.16f * Shape.Pulse(s, 0.2f, 1.9f, hit.FootS) * Shape.Pulse(t, 0.4f, 1 + (bits >> 8 & 3) * 1.7f, hit.FootT);
        return new Vector4(color * v, 1);
    }
}

/// <summary>Paving: a grid of slabs with dark joints, each slab a little different.</summary>
internal readonly struct Slabs(Vector3 color, float lengthS, float lengthT, float joint, float contrast, uint seed) : ITexture
{
    public Vector4 At(in Hit hit)
    {
        float t = Shape.Repeat(hit.T, lengthT, out int j);
        float s = Shape.Repeat(hit.S + (j & 1) * 0.5f * lengthS, lengthS, out int i);
        float lines = 1 - Shape.Pulse(s, 0.5f * joint, lengthS - 0.5f * joint, hit.FootS) * Shape.Pulse(t, 0.5f * joint, lengthT - 0.5f * joint, hit.FootT);
        // Far away the joints are narrower than a pixel: what is left of them is their mean darkness.
        float near = Shape.Detail(MathF.Min(lengthS, 0.8f * lengthT), 0.5f * hit.Foot);
        float v = 1 + contrast * (Noise.Cell(i, j, seed) - 0.5f) * near - 0.34f * lines * (0.25f + 0.75f * near)
            + 0.07f * Noise.Fractal(hit.S, 0.5f * hit.T, hit.FootS, 2, seed + 1);
        return new Vector4(color * v, 1);
    }
}

/// <summary>Grass and bare soil: upright blades near, blotches far.</summary>
internal readonly struct Grass(Vector3 color, Vector3 soil, float bare, uint seed) : ITexture
{
    public Vector4 At(in Hit hit)
    {
        float blotch = Noise.Fractal(0.5f * hit.S, 0.35f * hit.T, 0.4f * hit.FootS, 3, seed);
        float blades = Noise.Value(14 * hit.S, 3.5f * hit.T, seed + 5) * Shape.Detail(0.14f, hit.FootS)
            + 0.7f * Noise.Value(4.5f * hit.S, 1.6f * hit.T, seed + 6) * Shape.Detail(0.4f, hit.FootS);
        var ground = Shape.Mix(color, soil, Shape.Clamp01((blotch + bare) * 2.5f));
        return new Vector4(ground * (1 + 0.18f * blotch + 0.26f * blades), 1);
    }
}

/// <summary>Cobbles: small rounded stones in rows.</summary>
internal readonly struct Cobbles(Vector3 color, float size, uint seed) : ITexture
{
    public Vector4 At(in Hit hit)
    {
        float t = Shape.Repeat(hit.T, size * 1.3f, out int j);
        float s = Shape.Repeat(hit.S + (j & 1) * 0.5f * size, size, out int i);
        float a = 2 * s / size - 1, b = 2 * t / (1.3f * size) - 1;
        float near = Shape.Detail(size, 0.8f * hit.Foot);
        float v = 1 + near * (0.22f * (Noise.Cell(i, j, seed) - 0.5f) - 0.22f * (a * a + b * b) + 0.1f)
            + 0.08f * Noise.Fractal(0.4f * hit.S, 0.2f * hit.T, 0.4f * hit.FootS, 2, seed + 1);
        return new Vector4(color * v, 1);
    }
}
