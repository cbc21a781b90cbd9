using System.Numerics;
using PixelNet.Native.Data.StreetScenes.Drawing;

namespace PixelNet.Native.Data.StreetScenes.Scenery;

/// <summary>What all vehicles share: shadow on the ground, chassis, wheels, number plates.</summary>
internal static class Undercarriage
{
    /// <summary>A soft shadow below, and the one that the sun casts beside.</summary>
    public static void Shadow(Stage stage, in Frame frame, float half, float length, float height = 1.2f)
    {
        var ground = stage.Ground(0.005f);
        Vector3 a = frame.Point(-half, 0, 0), b = frame.Point(half, 0, 0), c = frame.Point(half, 0, length), d = frame.Point(-half, 0, length);
        var light = stage.Light;
        if (light.Shadow > 0.05f)
        {
            var shift = new Vector2(-light.Sun.X, -light.Sun.Z) * (0.7f * height / MathF.Max(light.Sun.Y, 0.3f));
            stage.Fill(ground, [Flat(a) + shift, Flat(b) + shift, Flat(c) + shift, Flat(d) + shift], new Veil(Vector3.Zero, 0.8f * light.Shadow), Mark.None);
        }
        for (int ring = 0; ring < 3; ring++)
        {
            float grow = 0.22f - 0.12f * ring;
            stage.Fill(ground, [Flat(frame.Point(-half - grow, 0, -grow)), Flat(frame.Point(half + grow, 0, -grow)),
                Flat(frame.Point(half + grow, 0, length + grow)), Flat(frame.Point(-half - grow, 0, length + grow))], new Veil(new Vector3(0.02f), 0.28f), Mark.None);
        }
    }

    /// <summary>The dark parts between the wheels.</summary>
    public static void Chassis(Stage stage, in Frame frame, float y0, float y1, float half, float rear, float front, Mark mark)
    {
        var solid = Solid.Box(y0, y1, half, rear, front);
        foreach (var side in (ReadOnlySpan<Side>)[Side.Left, Side.Right, Side.Rear, Side.Front])
            if (solid.TryFace(stage, frame, side, out var face)) stage.Fill(face.Surface, face.Outline, new Plain(new Vector3(0.07f), 0.1f), mark);
    }

    /// <summary>A wheel with its arch on a flank.</summary>
    public static void Wheel(Stage stage, in Surface flank, float s, float t, float radius, Mark mark)
    {
        stage.Disc(flank, s, t + 0.03f, 1.16f * radius, 1.16f * radius, new Plain(new Vector3(0.05f), 0), mark);
        stage.Disc(flank, s, t, radius, radius, new Plain(new Vector3(0.13f), 0.05f), mark);
        stage.Disc(flank, s, t, 0.6f * radius, 0.6f * radius, new Plain(new Vector3(0.52f), 0.05f), mark);
        stage.Disc(flank, s, t, 0.2f * radius, 0.2f * radius, new Plain(new Vector3(0.25f), 0), mark);
    }

    /// <summary>A number plate: it has no label of its own, the vehicle's stays.</summary>
    public static void Plate(Stage stage, in Surface end, float t, Mark mark)
    {
        var white = stage.Random.Chance(0.7f) ? new Vector3(0.92f, 0.92f, 0.9f) : new Vector3(0.9f, 0.78f, 0.3f);
        stage.Quad(end, -0.27f, t, 0.27f, t + 0.13f, new Plain(white, 0), mark);
        stage.Quad(end, -0.2f, t + 0.035f, -0.04f, t + 0.095f, new Plain(new Vector3(0.15f), 0), mark);
        stage.Quad(end, 0.03f, t + 0.035f, 0.2f, t + 0.095f, new Plain(new Vector3(0.15f), 0), mark);
    }

    private static Vector2 Flat(Vector3 p) => new(p.X, p.Z);
}
