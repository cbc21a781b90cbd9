using System.Numerics;

namespace PixelNet.Native.Data.StreetScenes.Drawing;

/// <summary>
/// Small geometry of the renderer. Vector products are written out because those of System.Numerics may fuse multiplications with additions
/// on some machines and not on others, which changes last bits.
/// </summary>
internal static class Shape
{
    private const int CirclePoints = 20;

    /// <summary>Unit circle, counter-clockwise from (1, 0).</summary>
    public static Vector2[] Circle { get; } = MakeCircle();

    public static float Clamp01(float v) => v < 0 ? 0 : v > 1 ? 1 : v;

    public static float Mix(float a, float b, float t) => a + (b - a) * t;

    public static Vector3 Mix(Vector3 a, Vector3 b, float t) => a + (b - a) * t;

    /// <summary>How much of a pixel of size <paramref name="width"/> around <paramref name="x"/> lies between two edges.</summary>
    public static float Pulse(float x, float from, float to, float width)
    {
        float scale = 1 / MathF.Max(width, 1e-4f);
        return Clamp01((x - from) * scale + 0.5f) - Clamp01((x - to) * scale + 0.5f);
    }

    /// <summary>Position within a repeating cell of length <paramref name="pitch"/>; the cell's number in <paramref name="index"/>.</summary>
    public static float Repeat(float x, float pitch, out int index)
    {
        float cell = MathF.Floor(x / pitch);
        index = (int)cell;
        return x - cell * pitch;
    }

    /// <summary>How strongly a pattern of length <paramref name="pitch"/> still shows in pixels of that footprint: 1 near, 0 far.</summary>
    public static float Detail(float pitch, float footprint) => Clamp01(1.6f - 1.6f * footprint / pitch);

    public static float Dot(Vector3 a, Vector3 b) => a.X * b.X + a.Y * b.Y + a.Z * b.Z;

    public static Vector3 Cross(Vector3 a, Vector3 b) => new(a.Y * b.Z - a.Z * b.Y, a.Z * b.X - a.X * b.Z, a.X * b.Y - a.Y * b.X);

    public static float Length(Vector3 a) => MathF.Sqrt(Dot(a, a));

    public static Vector3 Unit(Vector3 a) => a * (1 / Length(a));

    // Points by repeated rotation from constants: library sines may differ in the last bit between systems.
    private static Vector2[] MakeCircle()
    {
        const double cosine = 0.95105651629515357, sine = 0.30901699437494742; // 18 degrees
        var points = new Vector2[CirclePoints];
        double x = 1, y = 0;
        for (int i = 0; i < CirclePoints; i++)
        {
            points[i] = new Vector2((float)x, (float)y);
            (x, y) = (x * cosine - y * sine, x * sine + y * cosine);
        }
        return points;
    }
}
