using System.Numerics;
using PixelNet.Native.Data.StreetScenes.Drawing;

namespace PixelNet.Native.Data.StreetScenes.Scenery;

/// <summary>
/// Bicycles and motorcycles, parked or ridden, flat in the plane of their wheels (or seen from behind). The label covers the whole outline, spokes and
/// frame openings included, as annotators draw it; who sits on one is a rider, who stands beside one is not.
/// </summary>
internal static class TwoWheelers
{
    /// <summary>Draws one whose rear wheel touches the ground at the frame's origin.</summary>
    public static void Draw(Stage stage, in Frame frame, bool motor, bool ridden)
    {
        var mark = stage.NewInstance(motor ? LabelId.Motorcycle : LabelId.Bicycle);
        var paint = stage.Random.Chance(0.5f) ? stage.Random.Grey(0.1f, 0.4f) : Coat.Vehicle(stage.Random);
        var rider = Riders.Choose(stage, motor);
        // Along the line of sight a flat drawing would vanish.
        bool fromBehind = MathF.Abs(frame.Forward.X) < 0.35f;
        if (fromBehind)
        {
            DrawFromBehind(stage, frame, motor, paint, mark);
            if (ridden) Riders.DrawFromBehind(stage, frame, rider);
            return;
        }
        var plane = stage.Plane(frame.Origin, frame.Forward, Vector3.UnitY);
        Shadow(stage, frame);
        if (motor) DrawMotorcycle(stage, plane, paint, mark);
        else DrawBicycle(stage, plane, paint, mark);
        if (ridden) Riders.DrawFromSide(stage, plane, rider);
    }

    private static void Shadow(Stage stage, in Frame frame)
    {
        var along = frame.Forward * 1.5f;
        Vector3 a = frame.Origin - frame.Forward * 0.3f, b = a + along + frame.Forward * 0.4f;
        stage.Fill(stage.Ground(0.004f), [new(a.X, a.Z - 0.18f), new(b.X, b.Z - 0.18f), new(b.X, b.Z + 0.2f), new(a.X, a.Z + 0.2f)], new Veil(new Vector3(0.03f), 0.35f), Mark.None);
    }

    private static void DrawBicycle(Stage stage, in Surface plane, Vector3 paint, Mark mark)
    {
        const float radius = 0.36f, front = 1.1f;
        Vector2 rear = new(0, radius), fore = new(front, radius), pedals = new(0.45f, 0.3f), seat = new(0.27f, 0.86f), head = new(0.92f, 0.88f);
        var tyre = new Plain(new Vector3(0.07f), 0);
        var tube = new Plain(paint, 0);
        foreach (var hub in (ReadOnlySpan<Vector2>)[rear, fore])
        {
            stage.OutlineDisc(plane, hub.X, hub.Y, radius, mark);
            stage.Disc(plane, hub.X, hub.Y, radius - 0.05f, radius - 0.05f, new Veil(new Vector3(0.35f), 0.22f), Mark.None);
            stage.Ring(plane, hub.X, hub.Y, radius + 0.02f, 0.085f, tyre, mark);
        }
        stage.Outline(plane, [rear, pedals, head, seat], mark);
        stage.Line(plane, rear, pedals, 0.05f, tube, mark);
        stage.Line(plane, rear, seat, 0.05f, tube, mark);
        stage.Line(plane, pedals, seat, 0.07f, tube, mark);
        stage.Line(plane, pedals, head, 0.08f, tube, mark);
        stage.Line(plane, seat, head + new Vector2(0, -0.06f), 0.07f, tube, mark);
        stage.Line(plane, fore, head + new Vector2(-0.03f, 0.16f), 0.07f, tube, mark);
        stage.Line(plane, head + new Vector2(-0.12f, 0.18f), head + new Vector2(0.08f, 0.14f), 0.07f, tyre, mark);
        stage.Line(plane, seat + new Vector2(-0.14f, 0.08f), seat + new Vector2(0.12f, 0.06f), 0.09f, tyre, mark);
        stage.Line(plane, pedals + new Vector2(-0.13f, -0.1f), pedals + new Vector2(0.13f, 0.1f), 0.06f, tyre, mark);
    }

    private static void DrawMotorcycle(Stage stage, in Surface plane, Vector3 paint, Mark mark)
    {
        const float radius = 0.33f, front = 1.4f;
        var black = new Plain(new Vector3(0.08f), 0.1f);
        var metal = new Plain(new Vector3(0.4f), 0.25f);
        var body = new Gradient(paint * 0.75f, paint * 1.1f, 0.5f, 1);
        foreach (float s in (ReadOnlySpan<float>)[0, front])
        {
            stage.Disc(plane, s, radius, radius, radius, black, mark);
            stage.Disc(plane, s, radius, 0.19f, 0.19f, metal, mark);
        }
        stage.Fill(plane, [new(-0.1f, 0.5f), new(0.3f, 0.25f), new(0.95f, 0.22f), new(1.1f, 0.6f), new(0.9f, 0.8f), new(0.1f, 0.75f)], metal, mark);
        stage.Fill(plane, [new(0.35f, 0.3f), new(0.85f, 0.28f), new(0.9f, 0.55f), new(0.35f, 0.55f)], black, mark);
        stage.Line(plane, new(0.1f, 0.3f), new(-0.35f, 0.42f), 0.11f, metal, mark);
        stage.Limb(plane, new(front, radius), new(1.05f, 1.0f), 0.1f, 0.09f, metal, mark);
        stage.Fill(plane, [new(-0.35f, 0.86f), new(-0.3f, 0.68f), new(0.5f, 0.62f), new(0.52f, 0.86f)], black, mark);
        stage.Fill(plane, [new(0.45f, 0.62f), new(1.05f, 0.68f), new(1.1f, 0.92f), new(0.85f, 1.02f), new(0.5f, 0.9f)], body, mark);
        stage.Fill(plane, [new(1.0f, 0.75f), new(1.2f, 0.8f), new(1.22f, 1.05f), new(1.02f, 1.2f)], body, mark);
        stage.Fill(plane, [new(1.12f, 0.62f), new(1.62f, 0.62f), new(1.5f, 0.74f), new(1.3f, 0.78f)], body, mark);
        stage.Disc(plane, 1.22f, 0.93f, 0.1f, 0.1f, new Plain(new Vector3(0.9f), 0), mark);
        stage.Line(plane, new(0.9f, 1.1f), new(1.08f, 1.06f), 0.07f, black, mark);
    }

    private static void DrawFromBehind(Stage stage, in Frame frame, bool motor, Vector3 paint, Mark mark)
    {
        var plane = stage.Upright(frame.Origin.X, frame.Origin.Z);
        var black = new Plain(new Vector3(0.08f), 0.1f);
        stage.Disc(stage.Ground(0.004f), frame.Origin.X, frame.Origin.Z + 0.5f, 0.4f, 0.9f, new Veil(new Vector3(0.03f), 0.4f), Mark.None);
        float half = motor ? 0.1f : 0.05f, bar = motor ? 0.4f : 0.3f, height = motor ? 1.05f : 1.02f;
        stage.Quad(plane, -half, 0, half, motor ? 0.66f : 0.72f, black, mark);
        stage.Line(plane, new(-bar, height), new(bar, height), 0.07f, black, mark);
        if (!motor)
        {
            stage.Limb(plane, new(0, 0.6f), new(0, height), 0.07f, 0.06f, new Plain(paint, 0), mark);
            stage.Quad(plane, -0.1f, 0.88f, 0.1f, 0.96f, black, mark);
            stage.Quad(plane, -0.22f, 0.28f, 0.22f, 0.34f, black, mark);
            stage.Disc(plane, 0, 0.6f, 0.05f, 0.05f, new Plain(new Vector3(0.8f, 0.1f, 0.08f), 0), mark);
            return;
        }
        stage.Fill(plane, [new(-0.24f, 0.3f), new(0.24f, 0.3f), new(0.28f, 0.62f), new(0.2f, 0.88f), new(-0.2f, 0.88f), new(-0.28f, 0.62f)], new Plain(paint, 0.05f), mark);
        stage.Quad(plane, -0.12f, 0.68f, 0.12f, 0.78f, new Plain(new Vector3(0.78f, 0.08f, 0.06f), 0), mark);
        stage.Quad(plane, -0.1f, 0.46f, 0.1f, 0.6f, new Plain(new Vector3(0.88f), 0), mark);
        stage.Disc(plane, -0.45f, 1.18f, 0.08f, 0.06f, black, mark);
        stage.Disc(plane, 0.45f, 1.18f, 0.08f, 0.06f, black, mark);
    }
}
