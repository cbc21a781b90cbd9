using System.Numerics;
using PixelNet.Native.Data.StreetScenes.Drawing;

namespace PixelNet.Native.Data.StreetScenes.Scenery;

/// <summary>Houses: boxes with windowed fronts and flat or pitched roofs.</summary>
internal static class Houses
{
    private const float Seam = 0.25f;

    private static readonly Mark House = Mark.Stuff(LabelId.Building);

    public static FacadeStyle ChooseStyle(SceneRandom random, bool town)
    {
        var wall = Coat.Building(random);
        bool light = random.Chance(0.6f);
        return new FacadeStyle
        {
            Wall = wall,
            Trim = light ? Shape.Mix(wall, random.Grey(0.8f, 0.92f), 0.7f) : wall * random.Range(0.55f, 0.8f),
            Glass = Coat.Glass(random) * random.Range(0.7f, 1.5f),
            ShopSign = Coat.Vehicle(random),
            Bay = random.Range(2.1f, 3.4f),
            WindowWidth = random.Range(0.38f, 0.66f),
            Floor = random.Range(2.8f, 3.5f),
            Sill = random.Range(0.2f, 0.32f),
            Lintel = random.Range(0.78f, 0.88f),
            Ground = town ? random.Range(3.2f, 4.2f) : random.Range(2.7f, 3.2f),
            Shops = town && random.Chance(0.6f),
            Brick = random.Chance(0.35f) ? 1 : 0,
            Seed = random.Seed(),
        };
    }

    /// <summary>A house beside the street, its front at <paramref name="x"/>, from z0 to z1; it extends to the left (outward -1) or right (1).</summary>
    public static void DrawBeside(Stage stage, float x, float z0, float z1, float height, float outward, FacadeStyle style)
    {
        var random = stage.Random;
        float depth = 11;
        var box = Solid.Box(0, height, 0.5f * depth, z0, z1);
        var frame = Frame.Away(x + 0.5f * depth * outward, 0);
        bool blind = random.Chance(0.4f), pitched = random.Chance(0.55f);
        var tiles = new Tiles(random.Chance(0.6f) ? random.Color(0, 0.5f, 0.3f, 0.6f, 0.3f, 0.55f) : random.Grey(0.2f, 0.4f), random.Seed());
        if (pitched)
        {
            // It begins a little below the wall's upper edge, so that no sky shows through the seam.
            var roof = new Solid(height - Seam, height + random.Range(2.5f, 4.5f), 0.5f * depth + 0.35f, 0.3f, z0 - 0.3f, z1 + 0.3f, z0 - 0.3f, z1 + 0.3f);
            foreach (var side in (ReadOnlySpan<Side>)[Side.Left, Side.Right])
                if (roof.TryFace(stage, frame, side, out var slope)) stage.Fill(slope.Surface, slope.Outline, tiles, House);
            if (roof.TryFace(stage, frame, Side.Rear, out var gable)) stage.Fill(gable.Surface, gable.Outline, new Facade(style, height, blind: true), House);
        }
        foreach (var side in (ReadOnlySpan<Side>)[Side.Rear, Side.Left, Side.Right])
        {
            if (!box.TryFace(stage, frame, side, out var face)) continue;
            // The street front begins its windows at its own corner, not at the origin of Z.
            var texture = new Shifted<Facade>(new Facade(style, height, blind && side == Side.Rear), side == Side.Rear ? -0.5f * depth : z0);
            stage.Fill(face.Surface, face.Outline, texture, House);
        }
        if (!blind || random.Chance(0.5f)) return;
        // A balcony or two on the street front.
        var front = stage.Along(x - 0.02f * outward);
        for (float t = style.Ground + style.Floor; t < height - 2; t += style.Floor)
            stage.Quad(front, z0 + style.Bay, t, z0 + 2.7f * style.Bay, t + 0.95f, new Bars(style.Trim * 0.8f, 0.2f, 0.07f, 0.95f, 0.35f), Mark.None);
    }

    /// <summary>A house across the view.</summary>
    public static void DrawAcross(Stage stage, float x0, float x1, float z, float height, FacadeStyle style)
    {
        var random = stage.Random;
        var plane = stage.Upright(0, z);
        if (random.Chance(0.5f))
        {
            var tiles = new Tiles(random.Chance(0.6f) ? random.Color(0, 0.5f, 0.3f, 0.6f, 0.3f, 0.55f) : random.Grey(0.2f, 0.4f), random.Seed());
            float rise = random.Range(2, 4);
            stage.Fill(plane, [new(x0 - 0.3f, height - Seam), new(x1 + 0.3f, height - Seam), new(x1 - 1, height + rise), new(x0 + 1, height + rise)], tiles, House);
        }
        stage.Quad(plane, x0, 0, x1, height, new Shifted<Facade>(new Facade(style, height), x0), House);
    }

    // A texture whose s begins elsewhere.
    private readonly struct Shifted<TTexture>(TTexture texture, float from) : ITexture where TTexture : struct, ITexture
    {
        public Vector4 At(in Hit hit) => texture.At(hit with { S = hit.S - from });
    }
}
