using System.Numerics;
using PixelNet.Native.Data.StreetScenes.Drawing;

namespace PixelNet.Native.Data.StreetScenes.Scenery;

/// <summary>Trees with trunk and crown, conifers, shrubs, hedges: vegetation. Trunks count as vegetation too.</summary>
internal static class Plants
{
    private static readonly Mark Leafy = Mark.Stuff(LabelId.Vegetation);

    /// <summary>A tree of a given height.</summary>
    public static void DrawTree(Stage stage, float x, float z, float height, Vector3 leaves)
    {
        var random = stage.Random;
        var plane = stage.Upright(x, z);
        Shadow(stage, x, z, height);
        var bark = new Plain(random.Color(0.3f, 0.8f, 0.1f, 0.4f, 0.2f, 0.42f), 0.35f, random.Seed());
        bool conifer = random.Chance(0.15f);
        float radius = height * (conifer ? random.Range(0.2f, 0.27f) : random.Range(0.28f, 0.4f)), low = height * (conifer ? 0.1f : random.Range(0.22f, 0.36f));
        float half = 0.5f * (height - low), middle = low + half, trunk = 0.02f * height + 0.07f;
        stage.Limb(plane, new(0, 0), new(0, low + 0.4f * half), 2.2f * trunk, 1.3f * trunk, bark, Leafy);
        if (!conifer)
        {
            stage.Limb(plane, new(0, 0.8f * low), new(-0.4f * radius, middle), trunk, 0.5f * trunk, bark, Leafy);
            stage.Limb(plane, new(0, 0.9f * low), new(0.4f * radius, middle), trunk, 0.5f * trunk, bark, Leafy);
        }
        var crown = new Crown(leaves, 0, middle, radius, half, conifer ? 0.95f : 0, stage.Light.Sun.X > 0 ? 1 : -1, random.Seed());
        stage.Quad(plane, -1.25f * radius, middle - 1.25f * half, 1.25f * radius, middle + 1.25f * half, crown, Leafy);
    }

    /// <summary>A round shrub.</summary>
    public static void DrawShrub(Stage stage, float x, float z, float size, Vector3 leaves)
    {
        var plane = stage.Upright(x, z);
        stage.Disc(stage.Ground(0.004f), x, z, 0.8f * size, 0.5f * size, new Veil(new Vector3(0.02f), 0.35f), Mark.None);
        var crown = new Crown(leaves, 0, 0.4f * size, 0.8f * size, 0.6f * size, 0, stage.Light.Sun.X > 0 ? 1 : -1, stage.Random.Seed());
        stage.Quad(plane, -size, 0, size, 1.2f * size, crown, Leafy);
    }

    /// <summary>A hedge along the street from z0 to z1, its end that faces the camera included.</summary>
    public static void DrawHedge(Stage stage, float x, float z0, float z1, float height, float towards, Vector3 leaves)
    {
        var random = stage.Random;
        float clump = random.Range(0.35f, 0.7f), ragged = random.Range(0.03f, 0.2f);
        uint seed = random.Seed();
        float depth = 0.9f * -towards;
        stage.Quad(stage.Along(x), z0, 0, z1, height * 1.1f, new Hedge(leaves, height, ragged, clump, seed), Leafy);
        stage.Quad(stage.Upright(x, z0), Math.Min(0, depth), 0, Math.Max(0, depth), height * 1.1f, new Hedge(leaves * 0.9f, height, ragged, clump, seed), Leafy);
        stage.Quad(stage.Ground(0.004f), x + Math.Min(0, 0.4f * towards), z0, x + Math.Max(0, 0.4f * towards), z1, new Veil(new Vector3(0.02f), 0.3f), Mark.None);
    }

    /// <summary>A wood across the view, from x0 to x1.</summary>
    public static void DrawWood(Stage stage, float x0, float x1, float z, float height, Vector3 leaves)
    {
        var plane = stage.Upright(0, z);
        stage.Quad(plane, x0, 0, x1, 1.2f * height, new Wood(leaves, height, stage.Random.Seed()), Leafy);
    }

    private static void Shadow(Stage stage, float x, float z, float height)
    {
        var light = stage.Light;
        var ground = stage.Ground(0.003f);
        if (light.Shadow <= 0.05f)
        {
            stage.Disc(ground, x, z, 0.22f * height, 0.22f * height, new Veil(new Vector3(0.02f), 0.18f), Mark.None);
            return;
        }
        var reach = new Vector2(light.Sun.X, light.Sun.Z) * (-0.65f * height / MathF.Max(light.Sun.Y, 0.35f));
        float radius = 0.34f * height;
        stage.Quad(ground, x + reach.X - radius, z + reach.Y - radius, x + reach.X + radius, z + reach.Y + radius,
            new Dapple(new Vector2(x, z) + reach, radius, light.Shadow, stage.Random.Seed()), Mark.None);
        stage.Limb(ground, new(x, z), new Vector2(x, z) + reach, 0.4f, 0.3f, new Veil(Vector3.Zero, 0.7f * light.Shadow), Mark.None);
    }

    // Shadow of a crown: ragged, with spots of light.
    private readonly struct Dapple(Vector2 center, float radius, float strength, uint seed) : ITexture
    {
        public Vector4 At(in Hit hit)
        {
            float x = (hit.S - center.X) / radius, y = (hit.T - center.Y) / radius;
            float noise = Noise.Fractal(1.8f * hit.S, 1.8f * hit.T, 1.8f * hit.FootS, 3, seed);
            return new Vector4(0, 0, 0.01f, strength * Shape.Clamp01((0.8f + 0.7f * noise - x * x - y * y) * 3));
        }
    }
}
