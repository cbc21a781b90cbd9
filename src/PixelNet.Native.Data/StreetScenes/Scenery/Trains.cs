using System.Numerics;
using PixelNet.Native.Data.StreetScenes.Drawing;

namespace PixelNet.Native.Data.StreetScenes.Scenery;

/// <summary>Trams and trains: coupled cars without visible wheels, an unbroken dark band of windows, a stripe, doors at even distances, a pantograph.</summary>
internal static class Trains
{
    private const float CarLength = 9, Gap = 0.5f;

    /// <summary>Length of a train of this many cars.</summary>
    public static float Length(int cars) => cars * (CarLength + Gap);

    /// <summary>Draws a train whose rear lies at the frame's origin.</summary>
    public static void Draw(Stage stage, in Frame frame, int cars)
    {
        var random = stage.Random;
        var mark = stage.NewInstance(LabelId.Train);
        Vector3 paint = Coat.Vehicle(random), stripe = Coat.Vehicle(random), glass = Coat.Glass(random) * 0.7f;
        if (Shape.Length(stripe - paint) < 0.3f) stripe = new Vector3(0.95f) - paint;
        float height = random.Range(3.3f, 3.7f);
        Undercarriage.Shadow(stage, frame, 1.3f, Length(cars), height);
        bool away = frame.Forward.Z >= 0;
        for (int i = 0; i < cars; i++)
        {
            int car = away ? cars - 1 - i : i;
            DrawCar(stage, frame.Ahead(car * (CarLength + Gap)), height, paint, stripe, glass, car == 0, car == cars - 1, mark);
        }
    }

    private static void DrawCar(Stage stage, in Frame frame, float height, Vector3 paint, Vector3 stripe, Vector3 glass, bool isLast, bool isFirst, Mark mark)
    {
        float front = isFirst ? CarLength - 0.7f : CarLength, rear = isLast ? 0.7f : 0;
        if (!isFirst) Undercarriage.Chassis(stage, frame, 0.5f, height - 0.25f, 1.05f, CarLength - 0.1f, CarLength + Gap + 0.1f, mark);
        Undercarriage.Chassis(stage, frame, 0.08f, 0.45f, 1.1f, 0.9f, CarLength - 0.9f, mark);
        var box = new Solid(0.3f, height, 1.3f, 1.24f, 0, CarLength, rear, front);
        var crate = Solid.Box(height, height + 0.35f, 0.8f, 2, CarLength - 2);
        if (box.TryFace(stage, frame, Side.Top, out var roof)) stage.Fill(roof.Surface, roof.Outline, new Plain(paint * 0.7f, 0.05f), mark);
        foreach (var side in (ReadOnlySpan<Side>)[Side.Left, Side.Right, Side.Rear, Side.Front])
            if (crate.TryFace(stage, frame, side, out var face)) stage.Fill(face.Surface, face.Outline, new Plain(new Vector3(0.4f), 0.2f), mark);
        Pantograph(stage, frame, height + 0.35f, mark);
        foreach (var side in (ReadOnlySpan<Side>)[Side.Left, Side.Right])
            if (box.TryFace(stage, frame, side, out var flank)) DrawFlank(stage, flank, paint, stripe, glass, mark);
        if (box.TryFace(stage, frame, Side.Rear, out var back)) DrawEnd(stage, back, paint, stripe, glass, new Vector3(0.75f, 0.07f, 0.05f), mark);
        if (box.TryFace(stage, frame, Side.Front, out var nose)) DrawEnd(stage, nose, paint, stripe, glass, new Vector3(0.95f, 0.95f, 0.88f), mark);
    }

    private static void DrawFlank(Stage stage, in Face face, Vector3 paint, Vector3 stripe, Vector3 glass, Mark mark)
    {
        var surface = face.Surface;
        float h = face.Height, from = face.Outline[0].X + 0.12f, to = face.Outline[1].X - 0.12f;
        stage.Fill(surface, face.Outline, new Plain(paint, 0.03f), mark);
        stage.Fill(surface, face.Inset(0, 0.1f, 0.02f), new Plain(new Vector3(0.16f), 0.05f), mark);
        stage.Fill(surface, face.Inset(0.26f, 0.38f, 0.02f), new Plain(stripe, 0.02f), mark);
        stage.Fill(surface, face.Inset(0.45f, 0.82f, 0.1f), new Gradient(glass, glass + new Vector3(0.12f, 0.13f, 0.15f), 0.4f * h, 0.8f * h), mark);
        stage.Fill(surface, face.Inset(0.9f, 0.95f, 0.05f), new Plain(stripe, 0.02f), mark);
        for (float s = from + 1.3f; s < to - 1.2f; s += 3.1f)
        {
            stage.Quad(surface, s, 0.06f * h, s + 1.25f, 0.86f * h, new Plain(stripe * 0.85f, 0.02f), mark);
            foreach (float leaf in (ReadOnlySpan<float>)[0.1f, 0.68f])
                stage.Quad(surface, s + leaf, 0.2f * h, s + leaf + 0.47f, 0.8f * h, new Gradient(glass, glass + new Vector3(0.18f), 0, h), mark);
        }
    }

    private static void DrawEnd(Stage stage, in Face face, Vector3 paint, Vector3 stripe, Vector3 glass, Vector3 lamp, Mark mark)
    {
        float h = face.Height;
        stage.Fill(face.Surface, face.Outline, new Plain(paint, 0.03f), mark);
        stage.Fill(face.Surface, face.Inset(0, 0.1f, 0.02f), new Plain(new Vector3(0.16f), 0.05f), mark);
        stage.Fill(face.Surface, face.Inset(0.26f, 0.38f, 0.02f), new Plain(stripe, 0.02f), mark);
        stage.Fill(face.Surface, face.Inset(0.42f, 0.84f, 0.14f), new Gradient(glass, glass + new Vector3(0.22f), 0.4f * h, 0.84f * h), mark);
        stage.Fill(face.Surface, face.Inset(0.87f, 0.96f, 0.5f), new Plain(new Vector3(0.06f), 0), mark);
        stage.Quad(face.Surface.Glowing(), -0.35f, 0.89f * h, 0.35f, 0.94f * h, new Plain(new Vector3(0.95f, 0.7f, 0.2f), 0), mark);
        foreach (float s in (ReadOnlySpan<float>)[-0.85f, 0.85f])
            stage.Disc(face.Surface, s, 0.2f * h, 0.16f, 0.16f, new Plain(lamp, 0), mark);
        stage.Quad(face.Surface, -0.18f, -0.1f, 0.18f, 0.08f * h, new Plain(new Vector3(0.08f), 0), mark);
    }

    private static void Pantograph(Stage stage, in Frame frame, float y, Mark mark)
    {
        var iron = new Plain(new Vector3(0.15f), 0);
        var plane = stage.Plane(frame.Point(0, y, 0.5f * CarLength), frame.Forward.Z * frame.Forward.Z > 0.5f ? frame.Right : frame.Forward, Vector3.UnitY);
        stage.Line(plane, new(-0.6f, 0), new(0.4f, 0.7f), 0.07f, iron, mark);
        stage.Line(plane, new(0.4f, 0.7f), new(-0.1f, 1.3f), 0.07f, iron, mark);
        stage.Line(plane, new(-0.7f, 1.33f), new(0.7f, 1.33f), 0.08f, iron, mark);
    }
}
