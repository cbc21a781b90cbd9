using System.Numerics;
using PixelNet.Native.Data.StreetScenes.Drawing;

namespace PixelNet.Native.Data.StreetScenes.Scenery;

/// <summary>Who sits on a bicycle or motorcycle: bent knees, leaning body, arms to the handlebar.</summary>
internal static class Riders
{
    /// <summary>Looks of a rider.</summary>
    internal readonly record struct Look(Vector3 Jacket, Vector3 Trousers, Vector3 Skin, Vector3 Head, bool Motor);

    public static Look Choose(Stage stage, bool motor)
    {
        var random = stage.Random;
        Vector3 jacket = motor && random.Chance(0.5f) ? random.Grey(0.06f, 0.2f) : Coat.Cloth(random), skin = Coat.Skin(random);
        var head = motor || random.Chance(0.5f) ? Coat.Vehicle(random) : random.Grey(0.08f, 0.35f);
        return new Look(jacket, Coat.Cloth(random) * 0.8f, skin, head, motor);
    }

    /// <summary>On the plane of the wheels, the rear wheel's foot at (0, 0).</summary>
    public static void DrawFromSide(Stage stage, in Surface plane, in Look look)
    {
        var mark = stage.NewInstance(LabelId.Rider);
        Vector2 hip = look.Motor ? new(0.2f, 0.92f) : new(0.28f, 0.98f), shoulder = look.Motor ? new(0.5f, 1.5f) : new(0.62f, 1.5f);
        Vector2 knee = look.Motor ? new(0.72f, 0.72f) : new(0.68f, 0.78f), foot = look.Motor ? new(0.5f, 0.34f) : new(0.5f, 0.25f);
        Vector2 hand = look.Motor ? new(1.0f, 1.08f) : new(0.9f, 1.06f), head = shoulder + new Vector2(0.1f, 0.24f);
        var trousers = new Plain(look.Trousers, 0.1f);
        var jacket = new Plain(look.Jacket, 0.1f);
        if (!look.Motor) Leg(stage, plane, hip, new(0.74f, 0.7f), new(0.46f, 0.44f), new Plain(look.Trousers * 0.7f, 0.1f), mark);
        stage.Limb(plane, hip + new Vector2(-0.04f, -0.06f), shoulder, 0.32f, 0.36f, jacket, mark);
        stage.Disc(plane, hip.X, hip.Y, 0.18f, 0.16f, trousers, mark);
        Leg(stage, plane, hip, knee, foot, trousers, mark);
        stage.Limb(plane, foot + new Vector2(-0.06f, -0.03f), foot + new Vector2(0.18f, -0.04f), 0.1f, 0.08f, new Plain(new Vector3(0.1f), 0), mark);
        var elbow = 0.5f * (shoulder + hand) + new Vector2(-0.06f, -0.1f);
        stage.Limb(plane, shoulder + new Vector2(0, -0.05f), elbow, 0.14f, 0.12f, new Plain(look.Jacket * 0.85f, 0.05f), mark);
        stage.Limb(plane, elbow, hand, 0.12f, 0.08f, new Plain(look.Jacket * 0.85f, 0.05f), mark);
        stage.Limb(plane, shoulder, head, 0.13f, 0.12f, new Plain(look.Skin, 0), mark);
        DrawHead(stage, plane, head, look, mark);
    }

    /// <summary>Upright plane at the rear wheel.</summary>
    public static void DrawFromBehind(Stage stage, in Frame frame, in Look look)
    {
        var mark = stage.NewInstance(LabelId.Rider);
        var plane = stage.Upright(frame.Origin.X, frame.Origin.Z - 0.01f);
        var trousers = new Plain(look.Trousers, 0.1f);
        foreach (float sign in (ReadOnlySpan<float>)[-1, 1])
        {
            float lift = sign > 0 && !look.Motor ? 0.18f : 0;
            stage.Limb(plane, new(sign * 0.1f, 0.9f), new(sign * (look.Motor ? 0.28f : 0.16f), 0.62f + lift), 0.19f, 0.14f, trousers, mark);
            stage.Limb(plane, new(sign * (look.Motor ? 0.28f : 0.16f), 0.62f + lift), new(sign * (look.Motor ? 0.24f : 0.14f), 0.3f + lift), 0.14f, 0.1f, trousers, mark);
            stage.Limb(plane, new(sign * 0.22f, 1.42f), new(sign * (look.Motor ? 0.42f : 0.34f), 1.05f), 0.14f, 0.1f, new Plain(look.Jacket * 0.85f, 0.05f), mark);
        }
        stage.Disc(plane, 0, 0.92f, 0.2f, 0.14f, trousers, mark);
        stage.Fill(plane, [new(-0.17f, 0.92f), new(0.17f, 0.92f), new(0.25f, 1.42f), new(0.15f, 1.53f), new(-0.15f, 1.53f), new(-0.25f, 1.42f)], new Plain(look.Jacket, 0.1f), mark);
        DrawHead(stage, plane, new Vector2(0, 1.68f), look, mark);
    }

    private static void Leg(Stage stage, in Surface plane, Vector2 hip, Vector2 knee, Vector2 foot, in Plain cloth, Mark mark)
    {
        stage.Limb(plane, hip, knee, 0.22f, 0.16f, cloth, mark);
        stage.Limb(plane, knee, foot, 0.16f, 0.11f, cloth, mark);
    }

    private static void DrawHead(Stage stage, in Surface plane, Vector2 at, in Look look, Mark mark)
    {
        float radius = look.Motor ? 0.17f : 0.13f;
        stage.Disc(plane, at.X, at.Y, radius * 0.9f, radius * 1.15f, new Plain(look.Motor ? look.Head : look.Skin, 0), mark);
        if (look.Motor) stage.Quad(plane, at.X + 0.02f, at.Y - 0.02f, at.X + 0.15f, at.Y + 0.07f, new Plain(new Vector3(0.1f, 0.1f, 0.13f), 0), mark);
        else stage.Disc(plane, at.X - 0.01f, at.Y + 0.07f, radius, radius * 0.75f, new Plain(look.Head, 0), mark);
    }
}
