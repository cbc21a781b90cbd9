using System.Numerics;
using PixelNet.Native.Data.StreetScenes.Drawing;

namespace PixelNet.Native.Data.StreetScenes.Scenery;

/// <summary>Things on sticks: lamp posts, traffic lights, traffic signs. The stick is a pole; what hangs on it has its own label.</summary>
internal static class Signals
{
    private static readonly Vector3 Red = new(0.78f, 0.1f, 0.09f), White = new(0.93f, 0.93f, 0.92f), Blue = new(0.1f, 0.28f, 0.68f), Yellow = new(0.95f, 0.76f, 0.12f), Black = new(0.06f);

    /// <summary>A lamp post with an arm over the street.</summary>
    public static void DrawLampPost(Stage stage, float x, float z, float towards)
    {
        var random = stage.Random;
        var metal = new Post(Coat.Metal(random));
        var mark = Mark.Stuff(LabelId.Pole);
        float height = random.Range(5.5f, 9);
        var plane = stage.Upright(x, z);
        stage.Disc(stage.Ground(0.004f), x, z, 0.25f, 0.25f, new Veil(new Vector3(0.03f), 0.4f), Mark.None);
        stage.Limb(plane, new(0, 0), new(0, height), 0.3f, 0.22f, metal, mark);
        stage.Quad(plane, -0.17f, 0, 0.17f, 0.7f, metal, mark);
        if (random.Chance(0.7f))
        {
            stage.Line(plane, new(0, height - 0.08f), new(towards * 1.5f, height + 0.25f), 0.17f, metal, mark);
            stage.Fill(plane, [new(towards * 1.2f, height + 0.1f), new(towards * 2.1f, height + 0.2f), new(towards * 2.1f, height + 0.34f), new(towards * 1.2f, height + 0.3f)], new Plain(new Vector3(0.75f), 0.05f), mark);
        }
        else
        {
            stage.Disc(plane, 0, height + 0.15f, 0.3f, 0.26f, new Plain(new Vector3(0.85f, 0.84f, 0.78f), 0.05f), mark);
        }
    }

    /// <summary>A bollard or a short post.</summary>
    public static void DrawBollard(Stage stage, float x, float z, Vector3 paint)
    {
        var plane = stage.Upright(x, z);
        stage.Quad(plane, -0.09f, 0, 0.09f, 0.95f, new Post(paint), Mark.Stuff(LabelId.Pole));
        stage.Quad(plane, -0.09f, 0.72f, 0.09f, 0.84f, new Plain(White, 0), Mark.Stuff(LabelId.Pole));
    }

    /// <summary>A traffic light on its post, perhaps with a second one on an arm over the street.</summary>
    public static void DrawTrafficLight(Stage stage, float x, float z, float towards)
    {
        var random = stage.Random;
        var metal = new Post(Coat.Metal(random));
        var pole = Mark.Stuff(LabelId.Pole);
        var plane = stage.Upright(x, z);
        int lit = random.Int(3);
        bool arm = random.Chance(0.35f);
        float height = arm ? 5.4f : random.Range(2.5f, 3.2f);
        stage.Limb(plane, new(0, 0), new(0, height), 0.26f, 0.2f, metal, pole);
        if (arm)
        {
            float reach = random.Range(2, 3.5f);
            stage.Line(plane, new(0, height - 0.1f), new(towards * reach, height + 0.1f), 0.16f, metal, pole);
            Head(stage, plane, towards * reach, height - 0.75f, lit, 1.25f);
        }
        Head(stage, plane, 0, arm ? 2.6f : height - 0.35f, lit, random.Range(1.15f, 1.45f));
        if (random.Chance(0.3f)) DrawSign(stage, plane, 0, arm ? 3.9f : height + 0.85f, 0.4f);
    }

    /// <summary>A traffic sign on its post, sometimes with a second one.</summary>
    public static void DrawSignPost(Stage stage, float x, float z)
    {
        var random = stage.Random;
        var plane = stage.Upright(x, z);
        float height = random.Range(2.1f, 2.8f), radius = random.Range(0.4f, 0.55f);
        bool second = random.Chance(0.3f);
        stage.Line(plane, new(0, 0), new(0, height + radius + (second ? 0.9f : 0)), 0.19f, new Post(random.Grey(0.35f, 0.7f)), Mark.Stuff(LabelId.Pole));
        DrawSign(stage, plane, 0, height, radius);
        if (second) DrawSign(stage, plane, 0, height + radius + 0.45f, 0.85f * radius);
    }

    /// <summary>A large direction board on two posts.</summary>
    public static void DrawBoard(Stage stage, float x, float z)
    {
        var random = stage.Random;
        var plane = stage.Upright(x, z);
        float half = random.Range(1.0f, 1.7f), height = random.Range(1.2f, 2), bottom = random.Range(1.8f, 2.5f);
        foreach (float s in (ReadOnlySpan<float>)[-0.6f * half, 0.6f * half])
            stage.Line(plane, new(s, 0), new(s, bottom), 0.14f, new Post(random.Grey(0.4f, 0.6f)), Mark.Stuff(LabelId.Pole));
        var mark = Mark.Stuff(LabelId.TrafficSign);
        var color = random.Pick(Blue, Yellow, White, new Vector3(0.08f, 0.4f, 0.22f));
        var ink = new Plain(color.X + color.Y > 1.2f ? Black : White, 0);
        stage.Quad(plane, -half, bottom, half, bottom + height, ink, mark);
        stage.Quad(plane, -half + 0.06f, bottom + 0.06f, half - 0.06f, bottom + height - 0.06f, new Plain(color, 0.03f), mark);
        for (float t = bottom + 0.2f; t < bottom + height - 0.25f; t += 0.38f)
            stage.Quad(plane, -0.75f * half, t, random.Range(0.1f, 0.7f) * half, t + 0.17f, ink, mark);
        stage.Fill(plane, [new(0.72f * half, bottom + 0.3f), new(0.88f * half, bottom + 0.6f), new(0.56f * half, bottom + 0.6f)], ink, mark);
    }

    private static void Head(Stage stage, in Surface plane, float s, float t, int lit, float size)
    {
        var mark = Mark.Stuff(LabelId.TrafficLight);
        float w = 0.2f * size, h = 0.5f * size;
        stage.Quad(plane, s - 1.25f * w, t - 1.1f * h, s + 1.25f * w, t + 1.1f * h, new Plain(Black + new Vector3(0.02f), 0.05f), mark);
        for (int i = 0; i < 3; i++)
        {
            float y = t + (1 - i) * 0.64f * h;
            var color = i switch { 0 => new Vector3(1, 0.16f, 0.1f), 1 => new Vector3(1, 0.72f, 0.1f), _ => new Vector3(0.1f, 0.95f, 0.5f) };
            var lens = i == lit ? plane.Glowing() : plane;
            stage.Disc(lens, s, y, 0.72f * w, 0.72f * w, new Plain(i == lit ? color : color * 0.28f + new Vector3(0.04f), 0), mark);
            stage.Quad(plane, s - 0.8f * w, y + 0.62f * w, s + 0.8f * w, y + 0.85f * w, new Plain(new Vector3(0.02f), 0), mark);
        }
    }

    private static void DrawSign(Stage stage, in Surface plane, float s, float t, float r)
    {
        var mark = Mark.Stuff(LabelId.TrafficSign);
        var center = new Vector2(s, t);
        switch (stage.Random.Weighted(3, 2, 2, 1, 1, 2))
        {
            case 0: // prohibition: white in a red ring
                stage.Disc(plane, s, t, r, r, new Plain(Red, 0), mark);
                stage.Disc(plane, s, t, 0.7f * r, 0.7f * r, new Plain(White, 0), mark);
                stage.Quad(plane, s - 0.35f * r, t - 0.3f * r, s - 0.05f * r, t + 0.3f * r, new Plain(Black, 0), mark);
                stage.Quad(plane, s + 0.08f * r, t - 0.3f * r, s + 0.38f * r, t + 0.3f * r, new Plain(Black, 0), mark);
                break;
            case 1: // warning, or give way when upside down
                float up = stage.Random.Sign();
                Triangle(stage, plane, center, 1.15f * r * up, Red, mark);
                Triangle(stage, plane, center, 0.66f * r * up, White, mark);
                if (up > 0) stage.Quad(plane, s - 0.08f * r, t - 0.3f * r, s + 0.08f * r, t + 0.25f * r, new Plain(Black, 0), mark);
                break;
            case 2: // mandatory: blue with a white arrow
                stage.Disc(plane, s, t, r, r, new Plain(White, 0), mark);
                stage.Disc(plane, s, t, 0.92f * r, 0.92f * r, new Plain(Blue, 0), mark);
                stage.Line(plane, new(s, t - 0.55f * r), new(s, t + 0.3f * r), 0.24f * r, new Plain(White, 0), mark);
                stage.Fill(plane, [new(s - 0.4f * r, t + 0.15f * r), new(s + 0.4f * r, t + 0.15f * r), new(s, t + 0.65f * r)], new Plain(White, 0), mark);
                break;
            case 3: // priority road: a yellow diamond
                Diamond(stage, plane, center, 1.1f * r, White, mark);
                Diamond(stage, plane, center, 0.82f * r, Yellow, mark);
                break;
            case 4: // stop: an octagon
                stage.Disc(plane, s, t, r, r, new Plain(Red, 0), mark);
                stage.Quad(plane, s - 0.65f * r, t - 0.2f * r, s + 0.65f * r, t + 0.2f * r, new Plain(White, 0), mark);
                break;
            default: // parking and the like: a blue square
                stage.Quad(plane, s - 0.85f * r, t - 0.85f * r, s + 0.85f * r, t + 0.85f * r, new Plain(White, 0), mark);
                stage.Quad(plane, s - 0.76f * r, t - 0.76f * r, s + 0.76f * r, t + 0.76f * r, new Plain(Blue, 0), mark);
                stage.Quad(plane, s - 0.3f * r, t - 0.55f * r, s - 0.1f * r, t + 0.55f * r, new Plain(White, 0), mark);
                stage.Disc(plane, s + 0.05f * r, t + 0.2f * r, 0.34f * r, 0.34f * r, new Plain(White, 0), mark);
                break;
        }
    }

    private static void Triangle(Stage stage, in Surface plane, Vector2 c, float r, Vector3 color, Mark mark) =>
        stage.Fill(plane, [c + new Vector2(-0.87f * r, -0.5f * r), c + new Vector2(0.87f * r, -0.5f * r), c + new Vector2(0, r)], new Plain(color, 0), mark);

    private static void Diamond(Stage stage, in Surface plane, Vector2 c, float r, Vector3 color, Mark mark) =>
        stage.Fill(plane, [c + new Vector2(-r, 0), c + new Vector2(0, -r), c + new Vector2(r, 0), c + new Vector2(0, r)], new Plain(color, 0), mark);

    // A round stick: bright on one side, dark on the other.
    private readonly struct Post(Vector3 color) : ITexture
    {
        public Vector4 At(in Hit hit) => new(color * (1 + 0.35f * Shape.Clamp01(0.5f - 5 * hit.S) - 0.2f), 1);
    }
}
