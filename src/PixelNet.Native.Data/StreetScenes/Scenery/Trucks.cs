using System.Numerics;
using PixelNet.Native.Data.StreetScenes.Drawing;

namespace PixelNet.Native.Data.StreetScenes.Scenery;

/// <summary>Lorries: a cab, a gap, and a load: a smooth box, a tarpaulin with folds, or a tipper with ribs; wheels and chassis show below.</summary>
internal static class Trucks
{
    public static float Length => 8.2f;

    /// <summary>Draws a lorry whose rear lies at the frame's origin.</summary>
    public static void Draw(Stage stage, in Frame frame)
    {
        var random = stage.Random;
        var mark = stage.NewInstance(LabelId.Truck);
        int kind = random.Weighted(4, 3, 3);
        float top = kind == 2 ? random.Range(2.2f, 2.7f) : random.Range(3.1f, 3.7f), half = random.Range(1.15f, 1.27f);
        Vector3 cabPaint = Coat.Vehicle(random), load = kind == 0 && random.Chance(0.5f) ? random.Grey(0.6f, 0.9f) : Coat.Vehicle(random), glass = Coat.Glass(random);
        Undercarriage.Shadow(stage, frame, half, Length, top);
        Undercarriage.Chassis(stage, frame, 0.5f, 1.02f, half - 0.2f, 0.3f, Length - 0.4f, mark);
        var cab = new Solid(0.42f, random.Range(2.5f, 3.0f), half - 0.05f, half - 0.1f, Length - 2.0f, Length, Length - 2.0f, Length - 0.25f);
        var box = Solid.Box(0.98f, top, half, 0, Length - 2.25f);
        uint seed = random.Seed();
        // The part that is farther from the camera first.
        if (frame.Forward.Z >= 0)
        {
            DrawCab(stage, frame, cab, cabPaint, glass, mark);
            DrawLoad(stage, frame, box, load, kind, seed, mark);
        }
        else
        {
            DrawLoad(stage, frame, box, load, kind, seed, mark);
            DrawCab(stage, frame, cab, cabPaint, glass, mark);
        }
        DrawWheels(stage, frame, half, mark);
    }

    private static void DrawCab(Stage stage, in Frame frame, in Solid cab, Vector3 paint, Vector3 glass, Mark mark)
    {
        if (cab.TryFace(stage, frame, Side.Top, out var roof)) stage.Fill(roof.Surface, roof.Outline, new Plain(paint, 0.03f), mark);
        if (cab.TryFace(stage, frame, Side.Rear, out var back)) stage.Fill(back.Surface, back.Outline, new Plain(paint * 0.8f, 0.03f), mark);
        foreach (var side in (ReadOnlySpan<Side>)[Side.Left, Side.Right])
        {
            if (!cab.TryFace(stage, frame, side, out var flank)) continue;
            float h = flank.Height, rear = flank.Outline[0].X;
            stage.Fill(flank.Surface, flank.Outline, new Gradient(paint * 0.8f, paint, 0, h), mark);
            stage.Quad(flank.Surface, rear + 0.75f, 0.5f * h, rear + 1.7f, 0.82f * h, new Gradient(glass, glass + new Vector3(0.15f), 0.5f * h, 0.8f * h), mark);
            stage.Quad(flank.Surface, rear + 0.66f, 0.12f * h, rear + 0.7f, 0.85f * h, new Plain(paint * 0.5f, 0), mark);
        }
        if (!cab.TryFace(stage, frame, Side.Front, out var front)) return;
        float t = front.Height;
        stage.Fill(front.Surface, front.Outline, new Gradient(paint * 0.85f, paint, 0, t), mark);
        stage.Fill(front.Surface, front.Inset(0.5f, 0.85f, 0.1f), new Gradient(glass, glass + new Vector3(0.2f), 0.5f * t, 0.85f * t), mark);
        stage.Fill(front.Surface, front.Inset(0, 0.16f, 0.02f), new Plain(new Vector3(0.13f), 0.05f), mark);
        for (int i = 0; i < 3; i++)
            stage.Fill(front.Surface, front.Inset(0.22f + 0.08f * i, 0.26f + 0.08f * i, 0.35f), new Plain(new Vector3(0.12f), 0), mark);
        foreach (float s in (ReadOnlySpan<float>)[-1.05f, 0.7f])
        {
            stage.Quad(front.Surface, s, 0.05f * t, s + 0.35f, 0.14f * t, new Plain(new Vector3(0.92f), 0), mark);
            stage.Quad(front.Surface, s, -0.42f, s + 0.35f, 0.01f, new Plain(new Vector3(0.08f), 0), mark);
        }
        Undercarriage.Plate(stage, front.Surface, 0.02f, mark);
    }

    private static void DrawLoad(Stage stage, in Frame frame, in Solid box, Vector3 paint, int kind, uint seed, Mark mark)
    {
        if (box.TryFace(stage, frame, Side.Top, out var top)) stage.Fill(top.Surface, top.Outline, new Plain(kind == 2 ? new Vector3(0.25f) : paint, 0.05f), mark);
        foreach (var side in (ReadOnlySpan<Side>)[Side.Left, Side.Right])
        {
            if (!box.TryFace(stage, frame, side, out var flank)) continue;
            Clad(stage, flank, paint, kind, seed, mark);
            if (kind != 0) continue;
            // A haulier's mark on the smooth box.
            var logo = Coat.Vehicle(stage.Random);
            stage.Quad(flank.Surface, 1.2f, 0.5f * flank.Height, 4.4f, 0.72f * flank.Height, new Plain(logo, 0.02f), mark);
            stage.Quad(flank.Surface, 1.2f, 0.32f * flank.Height, 3.2f, 0.38f * flank.Height, new Plain(logo * 0.7f, 0.02f), mark);
        }
        if (box.TryFace(stage, frame, Side.Front, out var front)) stage.Fill(front.Surface, front.Outline, new Plain(paint * 0.85f, 0.04f), mark);
        if (!box.TryFace(stage, frame, Side.Rear, out var rear)) return;
        float h = rear.Height, half = rear.Outline[1].X;
        Clad(stage, rear, paint, kind, seed, mark);
        var iron = new Plain(paint * 0.45f, 0);
        stage.Quad(rear.Surface, -0.025f, 0, 0.025f, h, iron, mark);
        foreach (float s in (ReadOnlySpan<float>)[-0.5f, 0.45f])
            stage.Quad(rear.Surface, s * half, 0.03f * h, s * half + 0.05f, 0.97f * h, iron, mark);
        stage.Quad(rear.Surface, -half, 0.96f * h, half, h, iron, mark);
        // Underrun bar with red and white stripes, lamps, tyres.
        stage.Quad(rear.Surface, -half, -0.42f, half, -0.26f, new Plain(new Vector3(0.85f), 0), mark);
        for (float s = -half; s < half - 0.1f; s += 0.42f) stage.Quad(rear.Surface, s, -0.42f, s + 0.2f, -0.26f, new Plain(new Vector3(0.75f, 0.1f, 0.08f), 0), mark);
        foreach (float s in (ReadOnlySpan<float>)[-half, half - 0.42f])
        {
            stage.Quad(rear.Surface, s, -0.98f, s + 0.42f, -0.42f, new Plain(new Vector3(0.07f), 0), mark);
            stage.Quad(rear.Surface, s, -0.24f, s + 0.42f, -0.06f, new Plain(new Vector3(0.7f, 0.1f, 0.05f), 0), mark);
        }
        Undercarriage.Plate(stage, rear.Surface, -0.24f, mark);
    }

    private static void Clad(Stage stage, in Face face, Vector3 paint, int kind, uint seed, Mark mark)
    {
        if (kind == 0) stage.Fill(face.Surface, face.Outline, new Panels(paint, 1.3f, seed), mark);
        else if (kind == 1) stage.Fill(face.Surface, face.Outline, new Tarpaulin(paint, seed), mark);
        else stage.Fill(face.Surface, face.Outline, new Ribs(paint, seed), mark);
    }

    private static void DrawWheels(Stage stage, in Frame frame, float half, Mark mark)
    {
        var low = Solid.Box(0.1f, 1.1f, half - 0.02f, 0, Length);
        foreach (var side in (ReadOnlySpan<Side>)[Side.Left, Side.Right])
        {
            if (!low.TryFace(stage, frame, side, out var face)) continue;
            foreach (float s in (ReadOnlySpan<float>)[1.3f, 2.4f, Length - 1.25f]) Undercarriage.Wheel(stage, face.Surface, s, 0.4f, 0.5f, mark);
        }
    }

    private readonly struct Tarpaulin(Vector3 color, uint seed) : ITexture
    {
        public Vector4 At(in Hit hit)
        {
            float fold = Noise.Value(2.2f * hit.S, 0.3f * hit.T, seed) * Shape.Detail(0.5f, hit.FootS);
            float strap = Shape.Pulse(Shape.Repeat(hit.S, 0.9f, out _), 0, 0.05f, hit.FootS);
            return new Vector4(color * (1 + 0.16f * fold - 0.35f * strap), 1);
        }
    }

    private readonly struct Ribs(Vector3 color, uint seed) : ITexture
    {
        public Vector4 At(in Hit hit)
        {
            float s = Shape.Repeat(hit.S, 0.75f, out _), near = Shape.Detail(0.75f, hit.FootS);
            float rib = Shape.Pulse(s, 0, 0.16f, hit.FootS), shadow = Shape.Pulse(s, 0.16f, 0.26f, hit.FootS);
            return new Vector4(color * (0.9f + near * (0.22f * rib - 0.35f * shadow) + 0.15f * Noise.Fractal(2 * hit.S, 2 * hit.T, 2 * hit.Foot, 3, seed)), 1);
        }
    }
}
