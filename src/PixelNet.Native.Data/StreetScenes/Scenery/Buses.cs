using System.Numerics;
using PixelNet.Native.Data.StreetScenes.Drawing;

namespace PixelNet.Native.Data.StreetScenes.Scenery;

/// <summary>City buses and coaches: one long box on visible wheels, a row of large windows, doors, a destination display.</summary>
internal static class Buses
{
    public static float Length => 11.5f;

    /// <summary>Draws a bus whose rear lies at the frame's origin.</summary>
    public static void Draw(Stage stage, in Frame frame)
    {
        var random = stage.Random;
        var mark = stage.NewInstance(LabelId.Bus);
        bool coach = random.Chance(0.25f);
        float height = coach ? 3.5f : 3.05f;
        Vector3 paint = Coat.Vehicle(random), skirt = random.Chance(0.5f) ? Coat.Vehicle(random) : paint * 0.8f, glass = Coat.Glass(random) * 0.8f;
        Undercarriage.Shadow(stage, frame, 1.27f, Length, height);
        Undercarriage.Chassis(stage, frame, 0.16f, 0.5f, 1.15f, 0.5f, Length - 0.5f, mark);
        var box = new Solid(0.34f, height, 1.27f, 1.22f, 0, Length, 0.06f, Length - 0.1f);
        if (box.TryFace(stage, frame, Side.Top, out var roof)) stage.Fill(roof.Surface, roof.Outline, new Plain(paint, 0.03f), mark);
        foreach (var side in (ReadOnlySpan<Side>)[Side.Left, Side.Right])
            if (box.TryFace(stage, frame, side, out var flank)) DrawFlank(stage, flank, paint, skirt, glass, coach, side == Side.Right, mark);
        if (box.TryFace(stage, frame, Side.Rear, out var rear)) DrawRear(stage, rear, paint, skirt, glass, mark);
        if (box.TryFace(stage, frame, Side.Front, out var front)) DrawFront(stage, front, paint, skirt, glass, mark);
    }

    private static void DrawFlank(Stage stage, in Face face, Vector3 paint, Vector3 skirt, Vector3 glass, bool coach, bool doors, Mark mark)
    {
        var surface = face.Surface;
        float h = face.Height, sill = coach ? 0.5f * h : 0.36f * h, lintel = 0.84f * h;
        stage.Fill(surface, face.Outline, new Plain(paint, 0.03f), mark);
        stage.Quad(surface, 0.02f, 0, Length - 0.02f, 0.3f * h, new Plain(skirt, 0.03f), mark);
        // One dark band with thin pillars.
        stage.Quad(surface, 0.35f, sill, Length - 0.1f, lintel, new Gradient(glass, glass + new Vector3(0.14f, 0.16f, 0.18f), sill, lintel), mark);
        for (float s = 0.35f; s < Length - 0.6f; s += 1.5f)
            stage.Quad(surface, s, sill, s + 0.14f, lintel, new Plain(paint * 0.75f, 0), mark);
        stage.Quad(surface, 0.35f, 0.9f * h, Length - 0.3f, 0.955f * h, new Plain(skirt * 0.9f, 0), mark);
        if (doors)
        {
            for (float s = 2.9f; s < Length; s += 6.3f)
            {
                stage.Quad(surface, s, 0.03f * h, s + 1.3f, lintel, new Plain(glass * 0.7f, 0), mark);
                foreach (float leaf in (ReadOnlySpan<float>)[0.06f, 0.7f])
                    stage.Quad(surface, s + leaf, 0.08f * h, s + leaf + 0.52f, 0.8f * h, new Gradient(glass, glass + new Vector3(0.22f), 0, h), mark);
            }
        }
        Undercarriage.Wheel(stage, surface, 2.4f - 0.2f, 0.14f, 0.48f, mark);
        Undercarriage.Wheel(stage, surface, Length - 2.6f, 0.14f, 0.48f, mark);
    }

    private static void DrawRear(Stage stage, in Face face, Vector3 paint, Vector3 skirt, Vector3 glass, Mark mark)
    {
        float h = face.Height;
        stage.Fill(face.Surface, face.Outline, new Plain(paint, 0.04f), mark);
        stage.Quad(face.Surface, -1.27f, 0, 1.27f, 0.3f * h, new Plain(skirt, 0.03f), mark);
        stage.Quad(face.Surface, -1.0f, 0.54f * h, 1.0f, 0.82f * h, new Gradient(glass, glass + new Vector3(0.12f), 0.5f * h, 0.8f * h), mark);
        for (int i = 0; i < 4; i++)
            stage.Quad(face.Surface, -0.75f, (0.2f + 0.06f * i) * h, 0.75f, (0.225f + 0.06f * i) * h, new Plain(new Vector3(0.1f), 0), mark);
        Ends(stage, face, new Vector3(0.75f, 0.08f, 0.06f), 0.16f, mark);
        stage.Quad(face.Surface, 0.2f, 0.86f * h, 0.9f, 0.94f * h, new Plain(new Vector3(0.06f), 0), mark);
        stage.Quad(face.Surface.Glowing(), 0.32f, 0.88f * h, 0.78f, 0.92f * h, new Plain(new Vector3(0.95f, 0.65f, 0.15f), 0), mark);
        Undercarriage.Plate(stage, face.Surface, 0.08f * h, mark);
    }

    private static void DrawFront(Stage stage, in Face face, Vector3 paint, Vector3 skirt, Vector3 glass, Mark mark)
    {
        float h = face.Height;
        stage.Fill(face.Surface, face.Outline, new Plain(paint, 0.03f), mark);
        stage.Quad(face.Surface, -1.26f, 0, 1.26f, 0.26f * h, new Plain(skirt, 0.03f), mark);
        stage.Quad(face.Surface, -1.16f, 0.32f * h, 1.16f, 0.8f * h, new Gradient(glass * 0.8f, glass + new Vector3(0.2f), 0.3f * h, 0.8f * h), mark);
        stage.Quad(face.Surface, -0.03f, 0.32f * h, 0.03f, 0.8f * h, new Plain(glass * 0.5f, 0), mark);
        stage.Quad(face.Surface, -1.05f, 0.83f * h, 1.05f, 0.96f * h, new Plain(new Vector3(0.05f), 0), mark);
        for (float s = -0.8f; s < 0.8f; s += 0.34f)
            stage.Quad(face.Surface.Glowing(), s, 0.86f * h, s + 0.22f, 0.93f * h, new Plain(new Vector3(0.95f, 0.62f, 0.12f), 0), mark);
        Ends(stage, face, new Vector3(0.92f, 0.92f, 0.88f), 0.12f, mark);
        Undercarriage.Plate(stage, face.Surface, 0.04f * h, mark);
    }

    private static void Ends(Stage stage, in Face face, Vector3 lamp, float height, Mark mark)
    {
        float h = face.Height;
        foreach (float sign in (ReadOnlySpan<float>)[-1, 1])
        {
            stage.Quad(face.Surface, Math.Min(sign * 0.85f, sign * 1.18f), 0.1f * h, Math.Max(sign * 0.85f, sign * 1.18f), (0.1f + height) * h, new Plain(lamp, 0), mark);
            stage.Quad(face.Surface, Math.Min(sign * 0.85f, sign * 1.2f), -0.34f, Math.Max(sign * 0.85f, sign * 1.2f), 0.01f, new Plain(new Vector3(0.09f), 0), mark);
        }
    }
}
