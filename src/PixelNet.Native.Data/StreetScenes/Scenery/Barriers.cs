using System.Numerics;
using PixelNet.Native.Data.StreetScenes.Drawing;

namespace PixelNet.Native.Data.StreetScenes.Scenery;

/// <summary>Walls, fences and guard rails, along the street or across the view.</summary>
internal static class Barriers
{
    /// <summary>Materials of one wall or fence, chosen once for all its pieces.</summary>
    internal readonly record struct Style(int Kind, Vector3 Color, Vector3 Second, float Height, float Pitch, uint Seed);

    public static Style ChooseWall(SceneRandom random)
    {
        var color = Coat.Wall(random);
        return new Style(random.Weighted(5, 2), color, random.Chance(0.5f) ? color * 0.62f : color * 1.25f, random.Range(1.1f, 2.6f), random.Range(0.45f, 0.8f), random.Seed());
    }

    public static Style ChooseFence(SceneRandom random)
    {
        int kind = random.Weighted(5, 2, 3);
        var color = kind == 2 ? random.Color(0.3f, 0.8f, 0.1f, 0.5f, 0.3f, 0.75f) : Coat.Metal(random);
        return new Style(kind, color, color, random.Range(1.1f, 2.0f), random.Range(0.24f, 0.34f), random.Seed());
    }

    /// <summary>A wall along the street: the side that faces it, the end that faces the camera, the coping.</summary>
    public static void DrawWall(Stage stage, float x, float z0, float z1, float towards, in Style style)
    {
        var mark = Mark.Stuff(LabelId.Wall);
        float thick = 0.4f;
        var frame = Frame.Away(x - 0.5f * thick * towards, 0);
        var box = Solid.Box(0, style.Height, 0.5f * thick, z0, z1);
        var coping = Solid.Box(style.Height, style.Height + 0.16f, 0.5f * thick + 0.06f, z0 - 0.06f, z1);
        stage.Quad(stage.Ground(0.004f), x + Math.Min(0, 0.3f * towards), z0, x + Math.Max(0, 0.3f * towards), z1, new Veil(new Vector3(0.02f), 0.3f), Mark.None);
        foreach (var side in (ReadOnlySpan<Side>)[Side.Left, Side.Right, Side.Rear])
            if (box.TryFace(stage, frame, side, out var face)) Clad(stage, face.Surface, face.Outline, style, mark);
        if (coping.TryFace(stage, frame, Side.Top, out var top)) stage.Fill(top.Surface, top.Outline, new Plain(style.Second * 1.1f, 0.1f), mark);
        foreach (var side in (ReadOnlySpan<Side>)[Side.Left, Side.Right, Side.Rear])
            if (coping.TryFace(stage, frame, side, out var face)) stage.Fill(face.Surface, face.Outline, new Plain(style.Second, 0.1f), mark);
    }

    /// <summary>A wall across the view.</summary>
    public static void DrawWallAcross(Stage stage, float x0, float x1, float z, in Style style)
    {
        var mark = Mark.Stuff(LabelId.Wall);
        var plane = stage.Upright(0, z);
        Clad(stage, plane, [new(x0, 0), new(x1, 0), new(x1, style.Height), new(x0, style.Height)], style, mark);
        stage.Quad(plane, x0, style.Height, x1, style.Height + 0.18f, new Plain(style.Second, 0.1f), mark);
    }

    /// <summary>A fence in a plane; the label covers what one sees through it.</summary>
    public static void DrawFence(Stage stage, in Surface plane, float s0, float s1, in Style style)
    {
        var mark = Mark.Stuff(LabelId.Fence);
        ReadOnlySpan<Vector2> outline = [new(s0, 0), new(s1, 0), new(s1, style.Height), new(s0, style.Height)];
        switch (style.Kind)
        {
            case 0:
                stage.Fill(plane, outline, new Bars(style.Color, style.Pitch, 0.42f * style.Pitch, style.Height, 0.14f), Mark.None);
                break;
            case 1:
                stage.Fill(plane, outline, new Mesh(style.Color, 0.8f * style.Pitch, style.Height), Mark.None);
                break;
            default:
                stage.Fill(plane, outline, new Planks(style.Color, style.Pitch, style.Seed), Mark.None);
                break;
        }
        stage.Outline(plane, outline, mark);
    }

    /// <summary>A steel guard rail along the street.</summary>
    public static void DrawGuardRail(Stage stage, float x, float z0, float z1)
    {
        var plane = stage.Along(x);
        var steel = new Gradient(new Vector3(0.42f), new Vector3(0.72f), 0.45f, 0.8f);
        for (float z = z0; z < z1; z += 3) stage.Quad(plane, z, 0, z + 0.12f, 0.7f, new Plain(new Vector3(0.4f), 0.1f), Mark.Stuff(LabelId.GuardRail));
        stage.Quad(plane, z0, 0.45f, z1, 0.8f, steel, Mark.Stuff(LabelId.GuardRail));
    }

    private static void Clad(Stage stage, in Surface plane, ReadOnlySpan<Vector2> outline, in Style style, Mark mark)
    {
        if (style.Kind == 0) stage.Fill(plane, outline, new Masonry(style.Color, style.Second, style.Pitch, 0.55f * style.Pitch, 0.35f, style.Seed), mark);
        else stage.Fill(plane, outline, new Panels(style.Color, 2.4f, style.Seed), mark);
    }
}
