using System.Numerics;

namespace PixelNet.Native.Data.StreetScenes.Drawing;

/// <summary>Courses of stones or bricks in a bond, joints of their own colour; s along, t up.</summary>
internal readonly struct Masonry(Vector3 color, Vector3 joints, float length, float height, float contrast, uint seed) : ITexture
{
    public Vector4 At(in Hit hit)
    {
        float t = Shape.Repeat(hit.T, height, out int course);
        float s = Shape.Repeat(hit.S + (course & 1) * 0.5f * length, length, out int stone);
        float joint = 0.1f * height, near = Shape.Detail(height, 0.75f * hit.FootT);
        float inside = Shape.Pulse(s, joint, length - joint, hit.FootS) * Shape.Pulse(t, joint, height - joint, hit.FootT);
        float v = 1 + contrast * near * (Noise.Cell(stone, course, seed) - 0.5f) + 0.12f * Noise.Fractal(1.5f * hit.S, 1.5f * hit.T, 1.5f * hit.Foot, 3, seed + 1);
        return new Vector4(Shape.Mix(joints, color, Shape.Mix(0.85f, inside, near)) * v, 1);
    }
}

/// <summary>Poured concrete or plaster panels: stains that run down, vertical joints.</summary>
internal readonly struct Panels(Vector3 color, float length, uint seed) : ITexture
{
    public Vector4 At(in Hit hit)
    {
        float s = Shape.Repeat(hit.S, length, out int panel);
        float joint = 1 - Shape.Pulse(s, 0.05f, length - 0.05f, hit.FootS);
        float v = 1 + 0.1f * (Noise.Cell(panel, 0, seed) - 0.5f) - 0.4f * joint
            + 0.14f * Noise.Fractal(1.6f * hit.S, 0.4f * hit.T, 1.6f * hit.FootS, 3, seed + 1);
        return new Vector4(color * v, 1);
    }
}

/// <summary>Upright bars between rails, seen through: opacity is the share of a pixel that metal covers.</summary>
internal readonly struct Bars(Vector3 color, float pitch, float width, float height, float between) : ITexture
{
    public Vector4 At(in Hit hit)
    {
        float s = Shape.Repeat(hit.S, pitch, out _), post = Shape.Repeat(hit.S, 12 * pitch, out _);
        float bars = Spread(s, pitch, width, hit.FootS);
        float posts = Shape.Pulse(post, 0, 3 * width, hit.FootS);
        float rails = Shape.Pulse(hit.T, height - 0.16f, height - 0.06f, hit.FootT) + Shape.Pulse(hit.T, 0.14f, 0.22f, hit.FootT);
        float cover = Shape.Clamp01(MathF.Max(MathF.Max(bars, posts), rails));
        return new Vector4(color * (0.9f + 0.2f * s / pitch), MathF.Max(cover, between));
    }

    // A pattern finer than the pixel turns into its mean.
    private static float Spread(float s, float pitch, float width, float foot)
    {
        float near = Shape.Detail(pitch, 0.8f * foot);
        return Shape.Mix(width / pitch, Shape.Pulse(s, 0, width, foot) + Shape.Pulse(s, pitch, pitch + width, foot), near);
    }
}

/// <summary>Wire mesh: two families of diagonals and posts.</summary>
internal readonly struct Mesh(Vector3 color, float pitch, float height) : ITexture
{
    public Vector4 At(in Hit hit)
    {
        float near = Shape.Detail(pitch, 0.7f * hit.Foot);
        float a = Shape.Repeat(hit.S + hit.T, pitch, out _), b = Shape.Repeat(hit.S - hit.T, pitch, out _);
        float wires = Shape.Mix(0.3f, MathF.Max(Shape.Pulse(a, 0, 0.2f * pitch, hit.Foot), Shape.Pulse(b, 0, 0.2f * pitch, hit.Foot)), near);
        float post = Shape.Pulse(Shape.Repeat(hit.S, 2.4f, out _), 0, 0.11f, hit.FootS);
        float rail = Shape.Pulse(hit.T, height - 0.09f, height, hit.FootT);
        return new Vector4(color, Shape.Clamp01(MathF.Max(wires, MathF.Max(post, rail))));
    }
}

/// <summary>Upright planks with dark gaps: a wooden fence.</summary>
internal readonly struct Planks(Vector3 color, float width, uint seed) : ITexture
{
    public Vector4 At(in Hit hit)
    {
        float s = Shape.Repeat(hit.S, width, out int plank);
        float near = Shape.Detail(width, 0.7f * hit.FootS);
        float wood = Shape.Mix(0.84f, Shape.Pulse(s, 0.16f * width, width, hit.FootS), near);
        float grain = 0.1f * Noise.Fractal(12 * hit.S, 1.5f * hit.T, 12 * hit.FootS, 2, seed);
        float v = 1 + near * 0.3f * (Noise.Cell(plank, 1, seed) - 0.5f) + grain;
        return new Vector4(color * v * (0.35f + 0.65f * wood), 1);
    }
}
