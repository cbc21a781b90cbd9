using System.Numerics;
using PixelNet.Native.Data.StreetScenes.Drawing;

namespace PixelNet.Native.Data.StreetScenes.Scenery;

/// <summary>Cars of several shapes: a lower body and a glass house upon it, both solids, with wheels, lamps, plates and windows on their sides.</summary>
internal static class Cars
{
    // Metres. Body: height of the lower body's upper edge. Rear and Front: z of the glass house's ends, below (0) and above (1).
    private readonly record struct Form(float Length, float Half, float Body, float Roof, float Rear0, float Rear1, float Front0, float Front1, bool Windowless);

    public static float Length => 4.4f;

    /// <summary>Draws a car whose rear bumper lies at the frame's origin.</summary>
    public static void Draw(Stage stage, in Frame frame, int id = LabelId.Car)
    {
        var random = stage.Random;
        var form = Choose(random);
        var mark = stage.NewInstance(id);
        var paint = Coat.Vehicle(random);
        var glass = Coat.Glass(random);
        uint seed = random.Seed();
        Undercarriage.Shadow(stage, frame, form.Half, form.Length);
        Undercarriage.Chassis(stage, frame, 0.17f, 0.45f, form.Half - 0.08f, 0.25f, form.Length - 0.25f, mark);

        var lower = new Solid(0.26f, form.Body, form.Half, form.Half - 0.05f, 0.04f, form.Length, 0, form.Length - 0.12f);
        if (lower.TryFace(stage, frame, Side.Top, out var hood)) stage.Fill(hood.Surface, hood.Outline, new Plain(paint * 1.04f, 0.02f, seed), mark);
        foreach (var side in (ReadOnlySpan<Side>)[Side.Left, Side.Right])
            if (lower.TryFace(stage, frame, side, out var face)) DrawFlank(stage, face, form, paint, mark);
        if (lower.TryFace(stage, frame, Side.Rear, out var rear)) DrawEnd(stage, rear, paint, mark, isRear: true);
        if (lower.TryFace(stage, frame, Side.Front, out var front)) DrawEnd(stage, front, paint, mark, isRear: false);

        var house = new Solid(form.Body - 0.02f, form.Roof, form.Half - 0.07f, form.Half - 0.26f, form.Rear0, form.Front0, form.Rear1, form.Front1);
        if (house.TryFace(stage, frame, Side.Top, out var roof)) stage.Fill(roof.Surface, roof.Outline, new Plain(paint * 1.05f, 0.02f, seed), mark);
        foreach (var side in (ReadOnlySpan<Side>)[Side.Left, Side.Right, Side.Rear, Side.Front])
            if (house.TryFace(stage, frame, side, out var face)) DrawGlassHouse(stage, face, side, form, paint, glass, mark);
    }

    private static Form Choose(SceneRandom random) => random.Weighted(4, 3, 2, 2, 2) switch
    {
        0 => new Form(4.0f, 0.88f, 0.88f, 1.46f, 0.05f, 0.55f, 3.0f, 2.25f, false),
        1 => new Form(4.6f, 0.9f, 0.86f, 1.42f, 0.6f, 1.25f, 3.5f, 2.75f, false),
        2 => new Form(4.6f, 0.92f, 0.9f, 1.48f, 0.02f, 0.35f, 3.45f, 2.7f, false),
        3 => new Form(4.5f, 0.96f, 1.02f, 1.72f, 0.05f, 0.35f, 3.3f, 2.65f, false),
        _ => new Form(5.2f, 1.0f, 1.1f, 2.1f, 0.02f, 0.1f, 4.75f, 4.0f, random.Chance(0.6f)),
    };

    private static void DrawFlank(Stage stage, in Face face, in Form form, Vector3 paint, Mark mark)
    {
        float h = face.Height;
        stage.Fill(face.Surface, face.Outline, new Gradient(paint * 0.72f, paint * 1.05f, 0, h), mark);
        stage.Quad(face.Surface, 0.5f, 0, form.Length - 0.5f, 0.1f * h, new Plain(new Vector3(0.1f)), mark);
        var dark = new Plain(paint * 0.5f, 0);
        for (float s = 0.36f; s < 0.75f; s += 0.24f)
            stage.Quad(face.Surface, s * form.Length, 0.1f * h, s * form.Length + 0.03f, h, dark, mark);
        stage.Quad(face.Surface, 0.04f, 0.62f * h, 0.3f, 0.86f * h, new Plain(new Vector3(0.65f, 0.08f, 0.06f), 0), mark);
        stage.Quad(face.Surface, form.Length - 0.34f, 0.6f * h, form.Length - 0.08f, 0.82f * h, new Plain(new Vector3(0.85f, 0.86f, 0.85f), 0), mark);
        Undercarriage.Wheel(stage, face.Surface, 0.82f, 0.07f, 0.33f, mark);
        Undercarriage.Wheel(stage, face.Surface, form.Length - 0.85f, 0.07f, 0.33f, mark);
    }

    private static void DrawEnd(Stage stage, in Face face, Vector3 paint, Mark mark, bool isRear)
    {
        float h = face.Height, half = face.Outline[1].X;
        var plastic = new Plain(new Vector3(0.12f), 0.05f);
        stage.Fill(face.Surface, face.Outline, new Gradient(paint * 0.7f, paint, 0, h), mark);
        stage.Quad(face.Surface, -half, 0, half, 0.2f * h, plastic, mark);
        // Tyres show below the bumper.
        stage.Quad(face.Surface, -half + 0.02f, -0.26f, -half + 0.24f, 0.02f, plastic, mark);
        stage.Quad(face.Surface, half - 0.24f, -0.26f, half - 0.02f, 0.02f, plastic, mark);
        var lamp = new Plain(isRear ? new Vector3(0.72f, 0.07f, 0.06f) : new Vector3(0.9f, 0.91f, 0.88f), 0);
        stage.Quad(face.Surface, -half + 0.03f, 0.56f * h, -half + 0.36f, 0.84f * h, lamp, mark);
        stage.Quad(face.Surface, half - 0.36f, 0.56f * h, half - 0.03f, 0.84f * h, lamp, mark);
        if (!isRear) stage.Quad(face.Surface, -0.42f, 0.46f * h, 0.42f, 0.76f * h, plastic, mark);
        Undercarriage.Plate(stage, face.Surface, isRear ? 0.46f * h : 0.24f * h, mark);
    }

    private static void DrawGlassHouse(Stage stage, in Face face, Side side, in Form form, Vector3 paint, Vector3 glass, Mark mark)
    {
        stage.Fill(face.Surface, face.Outline, new Plain(paint * 0.95f, 0.02f), mark);
        if (form.Windowless && side == Side.Rear) return;
        bool flank = side is Side.Left or Side.Right;
        var pane = new Gradient(glass, glass + new Vector3(0.16f, 0.18f, 0.2f), 0, face.Height);
        stage.Fill(face.Surface, face.Inset(0.08f, 0.9f, flank ? 0.13f : 0.08f), pane, mark);
        if (!flank) return;
        float from = face.Outline[0].X, to = face.Outline[1].X;
        var pillar = new Plain(paint * 0.9f, 0.02f);
        stage.Quad(face.Surface, Shape.Mix(from, to, 0.46f), 0, Shape.Mix(from, to, 0.46f) + 0.09f, face.Height, pillar, mark);
        if (form.Windowless) stage.Quad(face.Surface, from + 0.05f, 0.02f, Shape.Mix(from, to, 0.62f), 0.94f * face.Height, pillar, mark);
        else stage.Quad(face.Surface, Shape.Mix(from, to, 0.2f), 0, Shape.Mix(from, to, 0.2f) + 0.08f, face.Height, pillar, mark);
    }
}
