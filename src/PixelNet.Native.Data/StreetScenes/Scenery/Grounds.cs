using System.Numerics;
using PixelNet.Native.Data.StreetScenes.Drawing;

namespace PixelNet.Native.Data.StreetScenes.Scenery;

/// <summary>Everything flat: road with its markings, tracks, parking strips, kerbs, pavements, grass.</summary>
internal static class Grounds
{
    private const float Nearest = 0.5f, Farthest = 400;

    public static void Draw(Stage stage, StreetPlan plan)
    {
        var random = stage.Random;
        var ground = stage.Ground();
        var turf = new Grass(Coat.Turf(random), Coat.Soil(random), random.Range(-0.4f, 0.15f), random.Seed());
        foreach (var side in plan.Sides) StripBetween(stage, ground, side.Curb, 400 * side.Outward, Nearest, Farthest, turf, Mark.Stuff(LabelId.Terrain));

        var asphalt = new Asphalt(ChooseRoad(random), random.Range(0.03f, 0.1f), random.Seed());
        var pavement = ChoosePavement(random);
        foreach (var side in plan.Sides) DrawPavement(stage, ground, plan, side, pavement);
        var road = Mark.Stuff(LabelId.Road);
        stage.Quad(ground, plan.Left.Curb, Nearest, plan.Right.Curb, Farthest, asphalt, road);
        foreach (var side in plan.Sides) DrawParking(stage, ground, plan, side, asphalt);
        if (plan.Crossing is { } crossing) DrawCrossing(stage, ground, plan, crossing, asphalt, pavement);
        if (plan.Track is { } track) DrawTrack(stage, ground, plan, track);
        DrawMarkings(stage, ground, plan);
        DrawSpots(stage, ground, plan);
    }

    private static Vector3 ChooseRoad(SceneRandom random) => random.Weighted(6, 2, 1) switch
    {
        0 => random.Grey(0.26f, 0.6f),
        1 => random.Color(0.3f, 0.9f, 0.05f, 0.2f, 0.3f, 0.55f),
        _ => random.Color(3, 4.2f, 0.05f, 0.2f, 0.28f, 0.5f),
    };

    private static Slabs ChoosePavement(SceneRandom random)
    {
        var color = random.Weighted(5, 3, 1) switch
        {
            0 => random.Grey(0.35f, 0.68f),
            1 => random.Color(0.1f, 0.9f, 0.1f, 0.32f, 0.4f, 0.68f),
            _ => random.Color(0, 0.4f, 0.25f, 0.5f, 0.4f, 0.6f),
        };
        float size = random.Range(0.5f, 1.0f);
        return new Slabs(color, size, size * random.Range(0.9f, 1.8f), random.Range(0.06f, 0.1f), random.Range(0.15f, 0.35f), random.Seed());
    }

    private static void DrawPavement(Stage stage, in Surface ground, StreetPlan plan, StreetSide side, in Slabs pavement)
    {
        var random = stage.Random;
        var mark = Mark.Stuff(LabelId.Sidewalk);
        // Verge and parking strip are cut out of the ground between curb and pavement.
        Strip(stage, ground, side.PavementStart, side.PavementEnd, pavement, mark);
        foreach (var (z0, z1, kind) in side.Stretches)
            if (kind is Frontage.Houses or Frontage.Works) StripBetween(stage, ground, side.PavementEnd, side.PavementEnd + 30 * side.Outward, z0 - 4, z1 + 4, pavement, mark);
        // The kerb: a light upright edge, part of the pavement.
        float edge = side.PavementStart;
        var stone = new Plain(random.Grey(0.45f, 0.75f), 0.2f, random.Seed());
        StripBetween(stage, ground, edge - 0.02f * side.Outward, edge + 0.28f * side.Outward, Nearest, plan.End, stone, mark);
        StripBetween(stage, ground, edge - 0.16f * side.Outward, edge - 0.02f * side.Outward, Nearest, plan.End, new Plain(new Vector3(0.16f), 0.1f), Mark.None);
    }

    private static void DrawParking(Stage stage, in Surface ground, StreetPlan plan, StreetSide side, in Asphalt asphalt)
    {
        if (side.Parking == 0) return;
        var random = stage.Random;
        bool own = random.Chance(0.35f);
        var mark = Mark.Stuff(own ? LabelId.Parking : LabelId.Road);
        float outer = side.Curb + side.Outward * side.Parking;
        if (own) StripBetween(stage, ground, side.Curb, outer, Nearest, plan.End, new Cobbles(random.Grey(0.35f, 0.6f), 0.3f, random.Seed()), mark);
        else StripBetween(stage, ground, side.Curb, outer, Nearest, plan.End, asphalt, mark);
        var white = new Paint(random.Range(0.6f, 0.85f), random.Seed());
        if (random.Chance(0.6f)) StripBetween(stage, ground, side.Curb - 0.07f, side.Curb + 0.07f, Nearest, plan.End, white, Mark.None);
    }

    private static void DrawCrossing(Stage stage, in Surface ground, StreetPlan plan, (float Near, float Far) crossing, in Asphalt asphalt, in Slabs pavement)
    {
        var walk = Mark.Stuff(LabelId.Sidewalk);
        foreach (var side in plan.Sides)
        {
            float inner = side.PavementStart, outer = side.Outward * 200;
            StripBetween(stage, ground, inner, outer, crossing.Near - 3, crossing.Near, pavement, walk);
            StripBetween(stage, ground, inner, outer, crossing.Far, crossing.Far + 3, pavement, walk);
        }
        stage.Quad(ground, -200, crossing.Near, 200, crossing.Far, asphalt, Mark.Stuff(LabelId.Road));
        var white = new Paint(stage.Random.Range(0.65f, 0.9f), stage.Random.Seed());
        if (stage.Random.Chance(0.7f))
            for (float x = plan.Left.Curb + 0.4f; x < plan.Right.Curb - 0.5f; x += 1.05f)
                stage.Quad(ground, x, crossing.Near - 3.4f, x + 0.52f, crossing.Near - 0.5f, white, Mark.None);
        stage.Quad(ground, plan.Lanes[0].X - 1.4f, crossing.Near - 4.6f, plan.Lanes[0].X + 1.4f, crossing.Near - 4.2f, white, Mark.None);
    }

    private static void DrawTrack(Stage stage, in Surface ground, StreetPlan plan, float track)
    {
        var random = stage.Random;
        bool bed = random.Chance(0.65f);
        if (bed)
        {
            var mark = Mark.Stuff(LabelId.RailTrack);
            stage.Quad(ground, track - 1.75f, Nearest, track + 1.75f, plan.End, new Sleepers(random.Color(0.3f, 0.8f, 0.1f, 0.3f, 0.3f, 0.5f), random.Seed()), mark);
        }
        var steel = new Plain(random.Grey(0.5f, 0.75f), 0.05f);
        var groove = new Plain(new Vector3(0.15f), 0);
        foreach (float rail in (ReadOnlySpan<float>)[-0.78f, 0.78f])
        {
            stage.Quad(ground, track + rail - 0.13f, Nearest, track + rail + 0.13f, plan.End, groove, Mark.None);
            stage.Quad(ground, track + rail - 0.06f, Nearest, track + rail + 0.06f, plan.End, steel, Mark.None);
        }
    }

    private static void DrawMarkings(Stage stage, in Surface ground, StreetPlan plan)
    {
        var random = stage.Random;
        var white = new Paint(random.Range(0.55f, 0.9f), random.Seed());
        float stop = plan.Crossing?.Near - 5 ?? plan.End;
        for (int i = 0; i + 1 < plan.Lanes.Count; i++)
        {
            float x = 0.5f * (plan.Lanes[i].X + plan.Lanes[i + 1].X);
            bool solid = plan.Lanes[i].Oncoming != plan.Lanes[i + 1].Oncoming && random.Chance(0.4f);
            float dash = random.Range(2.5f, 4), gap = random.Range(3, 7), phase = random.Range(0, 5);
            if (solid) stage.Quad(ground, x - 0.08f, Nearest, x + 0.08f, stop, white, Mark.None);
            else for (float z = phase; z < MathF.Min(stop, 70); z += dash + gap) stage.Quad(ground, x - 0.08f, z, x + 0.08f, z + dash, white, Mark.None);
        }
        if (random.Chance(0.5f)) stage.Quad(ground, plan.Right.Curb - 0.35f, Nearest, plan.Right.Curb - 0.22f, stop, white, Mark.None);
        if (!random.Chance(0.2f)) return;
        // An arrow in the camera's lane.
        float a = random.Range(7, 16), s = plan.Lanes[0].X;
        stage.Quad(ground, s - 0.09f, a, s + 0.09f, a + 2.4f, white, Mark.None);
        stage.Fill(ground, [new(s - 0.45f, a + 2.4f), new(s + 0.45f, a + 2.4f), new(s, a + 4)], white, Mark.None);
    }

    // Manholes and puddles.
    private static void DrawSpots(Stage stage, in Surface ground, StreetPlan plan)
    {
        var random = stage.Random;
        for (int i = random.Int(4); i > 0; i--)
        {
            float x = random.Range(plan.Left.Curb + 0.6f, plan.Right.Curb - 0.6f), z = random.Range(4, 30);
            stage.Disc(ground, x, z, 0.36f, 0.36f, new Plain(new Vector3(random.Range(0.14f, 0.4f)), 0.4f, random.Seed()), Mark.None);
        }
    }

    private static void Strip<TTexture>(Stage stage, in Surface ground, float xa, float xb, in TTexture texture, Mark mark) where TTexture : struct, ITexture =>
        StripBetween(stage, ground, xa, xb, Nearest, Farthest, texture, mark);

    private static void StripBetween<TTexture>(Stage stage, in Surface ground, float xa, float xb, float z0, float z1, in TTexture texture, Mark mark) where TTexture : struct, ITexture =>
        stage.Quad(ground, MathF.Min(xa, xb), MathF.Max(z0, Nearest), MathF.Max(xa, xb), z1, texture, mark);

    // Worn road paint.
    private readonly struct Paint(float white, uint seed) : ITexture
    {
        public Vector4 At(in Hit hit) => new(new Vector3(white), 0.86f + 0.3f * Noise.Fractal(2 * hit.S, 2 * hit.T, 2 * hit.Foot, 3, seed));
    }

    // Gravel with sleepers across.
    private readonly struct Sleepers(Vector3 color, uint seed) : ITexture
    {
        public Vector4 At(in Hit hit)
        {
            float near = Shape.Detail(0.65f, hit.FootT);
            float sleeper = Shape.Pulse(Shape.Repeat(hit.T, 0.65f, out _), 0, 0.26f, hit.FootT);
            float gravel = 0.25f * Noise.Value(9 * hit.S, 9 * hit.T, seed) * Shape.Detail(0.2f, hit.FootS);
            return new Vector4(color * (1 + gravel + near * (0.35f * sleeper - 0.14f)), 1);
        }
    }
}
