using System.Numerics;
using PixelNet.Native.Data.StreetScenes.Drawing;

namespace PixelNet.Native.Data.StreetScenes.Scenery;

/// <summary>Walking and standing people, seen from the side or from front and back, adults and children.</summary>
internal static class Persons
{
    /// <summary>Draws a person at a point of the ground; in a <paramref name="group"/> nobody has a number of their own.</summary>
    public static void Draw(Stage stage, float x, float z, bool group = false)
    {
        var random = stage.Random;
        var mark = group ? Mark.Stuff(LabelId.Person) : stage.NewInstance(LabelId.Person);
        float size = random.Chance(0.12f) ? random.Range(1.0f, 1.35f) : random.Range(1.6f, 1.92f);
        var look = new Look(size, random.Range(0.92f, 1.2f), Coat.Cloth(random), Coat.Cloth(random) * 0.8f, Coat.Skin(random), random.Color(0.3f, 0.8f, 0.1f, 0.6f, 0.06f, 0.5f),
            random.Grey(0.06f, 0.3f), random.Chance(0.22f), random.Chance(0.2f));
        var plane = stage.Upright(x, z);
        Shadow(stage, x, z, size);
        if (random.Chance(0.5f)) DrawFromSide(stage, plane, look, random.Sign(), random.Range(0.05f, 0.24f), mark);
        else DrawFromFront(stage, plane, look, mark, random.Chance(0.6f));
        if (random.Chance(0.15f)) Bag(stage, plane, size, random.Sign(), mark);
    }

    private readonly record struct Look(float Size, float Width, Vector3 Top, Vector3 Bottom, Vector3 Skin, Vector3 Hair, Vector3 Shoes, bool Skirt, bool LongCoat);

    private static void Shadow(Stage stage, float x, float z, float size)
    {
        var ground = stage.Ground(0.004f);
        var light = stage.Light;
        stage.Disc(ground, x, z + 0.05f, 0.3f, 0.25f, new Veil(new Vector3(0.03f), 0.35f), Mark.None);
        if (light.Shadow <= 0.05f) return;
        var tip = new Vector2(x, z) - new Vector2(light.Sun.X, light.Sun.Z) * (size / MathF.Max(light.Sun.Y, 0.35f));
        stage.Limb(ground, new(x, z), tip, 0.3f, 0.4f, new Veil(Vector3.Zero, 0.75f * light.Shadow), Mark.None);
    }

    private static void DrawFromSide(Stage stage, in Surface plane, in Look look, float facing, float stride, Mark mark)
    {
        float h = look.Size, w = h * look.Width;
        Vector2 At(float s, float t) => new(facing * s * h, t * h);
        Plain far = new(look.Bottom * 0.72f, 0.1f), near = new(look.Bottom, 0.1f), top = new(look.Top, 0.1f), arm = new(look.Top * 0.8f, 0.08f), shoes = new(look.Shoes, 0);
        Vector2 hip = At(0, 0.5f), shoulder = At(0.01f, 0.8f);
        stage.Limb(plane, shoulder, At(0.12f + 0.3f * stride, 0.52f), 0.06f * w, 0.045f * w, arm, mark);
        Leg(stage, plane, hip, At(-0.4f * stride, 0.27f), At(-stride, 0.03f), w, far, shoes, mark);
        Leg(stage, plane, hip, At(0.65f * stride, 0.28f), At(stride, 0.02f), w, near, shoes, mark);
        if (look.Skirt || look.LongCoat)
            stage.Limb(plane, At(0, look.Skirt ? 0.3f : 0.34f), At(0, 0.56f), (0.18f + 0.3f * stride) * w, 0.13f * w, look.Skirt ? near : top, mark);
        stage.Limb(plane, At(0, 0.46f), shoulder, 0.15f * w, 0.17f * w, top, mark);
        stage.Disc(plane, shoulder.X, shoulder.Y, 0.085f * w, 0.04f * h, top, mark);
        stage.Limb(plane, shoulder, At(-0.04f - 0.3f * stride, 0.5f), 0.065f * w, 0.05f * w, arm, mark);
        Head(stage, plane, At(0.015f, 0.925f), h, look, facing * 0.012f * h, mark);
    }

    private static void DrawFromFront(Stage stage, in Surface plane, in Look look, Mark mark, bool back)
    {
        float h = look.Size, w = h * look.Width;
        Plain bottom = new(look.Bottom, 0.1f), top = new(look.Top, 0.1f), arm = new(look.Top * 0.82f, 0.08f), shoes = new(look.Shoes, 0);
        foreach (float sign in (ReadOnlySpan<float>)[-1, 1])
        {
            Leg(stage, plane, new(sign * 0.045f * w, 0.5f * h), new(sign * 0.052f * w, 0.27f * h), new(sign * 0.055f * w, sign > 0 ? 0.02f * h : 0.045f * h), w, bottom, shoes, mark);
            stage.Limb(plane, new(sign * 0.115f * w, 0.8f * h), new(sign * 0.155f * w, 0.6f * h), 0.062f * w, 0.055f * w, arm, mark);
            stage.Limb(plane, new(sign * 0.155f * w, 0.6f * h), new(sign * 0.145f * w, 0.46f * h), 0.052f * w, 0.04f * w, arm, mark);
            stage.Disc(plane, sign * 0.145f * w, 0.45f * h, 0.025f * w, 0.025f * h, new Plain(look.Skin, 0), mark);
        }
        if (look.Skirt || look.LongCoat)
            stage.Limb(plane, new(0, (look.Skirt ? 0.3f : 0.34f) * h), new(0, 0.56f * h), 0.26f * w, 0.19f * w, look.Skirt ? bottom : top, mark);
        stage.Fill(plane, [new(-0.1f * w, 0.47f * h), new(0.1f * w, 0.47f * h), new(0.085f * w, 0.6f * h), new(0.135f * w, 0.8f * h), new(0.06f * w, 0.85f * h),
            new(-0.06f * w, 0.85f * h), new(-0.135f * w, 0.8f * h), new(-0.085f * w, 0.6f * h)], top, mark);
        Head(stage, plane, new(0, 0.925f * h), h, look, 0, mark, back);
    }

    private static void Leg(Stage stage, in Surface plane, Vector2 hip, Vector2 knee, Vector2 foot, float w, in Plain cloth, in Plain shoes, Mark mark)
    {
        stage.Limb(plane, hip, knee, 0.105f * w, 0.08f * w, cloth, mark);
        stage.Limb(plane, knee, foot, 0.08f * w, 0.055f * w, cloth, mark);
        stage.Quad(plane, foot.X - 0.045f * w, foot.Y - 0.02f * w, foot.X + 0.05f * w, foot.Y + 0.025f * w, shoes, mark);
    }

    private static void Head(Stage stage, in Surface plane, Vector2 at, float h, in Look look, float turn, Mark mark, bool back = false)
    {
        stage.Quad(plane, at.X - 0.025f * h, at.Y - 0.1f * h, at.X + 0.025f * h, at.Y, new Plain(look.Skin * 0.85f, 0), mark);
        stage.Disc(plane, at.X, at.Y, 0.052f * h, 0.066f * h, new Plain(back ? look.Hair : look.Skin, 0), mark);
        stage.Disc(plane, at.X - turn, at.Y + 0.032f * h, 0.056f * h, 0.045f * h, new Plain(look.Hair, 0), mark);
    }

    private static void Bag(Stage stage, in Surface plane, float h, float side, Mark mark)
    {
        var leather = new Plain(Coat.Cloth(stage.Random), 0.1f);
        float s = side * 0.17f * h;
        stage.Quad(plane, s - 0.07f * h, 0.33f * h, s + 0.07f * h, 0.46f * h, leather, mark);
        stage.Line(plane, new(s, 0.45f * h), new(s * 0.8f, 0.6f * h), 0.015f * h, leather, mark);
    }
}
