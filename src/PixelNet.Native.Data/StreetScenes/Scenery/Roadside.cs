using PixelNet.Native.Data.StreetScenes.Drawing;

namespace PixelNet.Native.Data.StreetScenes.Scenery;

/// <summary>What stands beside the street, stretch by stretch: houses, gardens behind walls and fences, parks, works; and the row of trees and lamps at the kerb.</summary>
internal static class Roadside
{
    private const int Behind = 0, Garden = 1, Barrier = 2, Street = 3;

    public static void Add(Stage stage, StreetPlan plan)
    {
        foreach (var side in plan.Sides)
        {
            foreach (var (z0, z1, kind) in side.Stretches)
            {
                switch (kind)
                {
                    case Frontage.Houses: AddHouses(stage, plan, side, z0, z1, side.PavementEnd, true); break;
                    case Frontage.Gardens: AddGardens(stage, plan, side, z0, z1); break;
                    case Frontage.Park: AddPark(stage, plan, side, z0, z1); break;
                    default: AddWorks(stage, plan, side, z0, z1); break;
                }
            }
            AddKerbRow(stage, plan, side);
        }
    }

    private static void AddHouses(Stage stage, StreetPlan plan, StreetSide side, float z0, float z1, float x, bool town)
    {
        var random = stage.Random;
        for (float z = z0; z < z1 - 2;)
        {
            float from = z, to = MathF.Min(z1, z + random.Range(8, 18)), height = town ? random.Range(7, 21) : random.Range(4.5f, 8.5f);
            if (z1 - to < 4) to = z1;
            var style = Houses.ChooseStyle(random, town);
            float front = x + side.Outward * (random.Chance(0.3f) ? random.Range(0, 1.2f) : 0);
            stage.Add(plan.ZoneOf(from), Behind, from, () => Houses.DrawBeside(stage, front, from, to, height, side.Outward, style));
            z = to + (random.Chance(town ? 0.14f : 0.6f) ? random.Range(1.5f, 5) : 0);
        }
    }

    private static void AddGardens(Stage stage, StreetPlan plan, StreetSide side, float z0, float z1)
    {
        var random = stage.Random;
        float edge = side.PavementEnd;
        AddHouses(stage, plan, side, z0 + 1, z1 - 1, edge + side.Outward * random.Range(4, 9), false);
        AddTrees(stage, plan, z0, z1, edge + side.Outward * 1.5f, edge + side.Outward * 4, random.Range(0.05f, 0.14f), 3, 8, Garden);
        AddShrubs(stage, plan, z0, z1, edge + side.Outward * 0.9f, edge + side.Outward * 2.5f, 0.12f);
        AddBarrier(stage, plan, side, edge, z0, z1, random.Weighted(4, 4, 3));
    }

    private static void AddPark(Stage stage, StreetPlan plan, StreetSide side, float z0, float z1)
    {
        var random = stage.Random;
        float edge = side.PavementEnd;
        AddTrees(stage, plan, z0, z1, edge + side.Outward * 2.5f, edge + side.Outward * 16, random.Range(0.1f, 0.35f), 5, 14, Behind);
        AddShrubs(stage, plan, z0, z1, edge + side.Outward * 2, edge + side.Outward * 8, 0.14f);
        if (random.Chance(0.5f))
        {
            var leaves = Coat.Leaves(random);
            float x = edge + side.Outward * random.Range(9, 18), height = random.Range(3, 9);
            stage.Add(plan.ZoneOf(z0), Behind, z1 + 10, () => Plants.DrawHedge(stage, x, z0 - 2, z1 + 2, height, -side.Outward, leaves));
        }
        int barrier = random.Weighted(2, 2, 2, 5);
        if (barrier < 3) AddBarrier(stage, plan, side, edge + side.Outward * random.Range(0, 3), z0, z1, barrier);
    }

    private static void AddWorks(Stage stage, StreetPlan plan, StreetSide side, float z0, float z1)
    {
        var random = stage.Random;
        float edge = side.PavementEnd;
        if (random.Chance(0.7f)) AddHouses(stage, plan, side, z0 + 2, z1 - 2, edge + side.Outward * random.Range(6, 14), random.Chance(0.5f));
        AddTrees(stage, plan, z0, z1, edge + side.Outward * 2, edge + side.Outward * 6, 0.06f, 4, 9, Garden);
        AddBarrier(stage, plan, side, edge, z0, z1, random.Weighted(5, 6, 1));
    }

    // 0 wall, 1 fence, 2 hedge.
    private static void AddBarrier(Stage stage, StreetPlan plan, StreetSide side, float x, float z0, float z1, int kind)
    {
        var random = stage.Random;
        float towards = -side.Outward;
        // The part that runs past the camera is cut, so that its end does not fill the picture.
        float from = MathF.Max(z0, Camera.Near + 0.1f);
        if (z1 - from < 1) return;
        int zone = plan.ZoneOf(from);
        switch (kind)
        {
            case 0:
                var wall = Barriers.ChooseWall(random);
                stage.Add(zone, Barrier, from, () => Barriers.DrawWall(stage, x, from, z1, towards, wall));
                break;
            case 1:
                var fence = Barriers.ChooseFence(random);
                stage.Add(zone, Barrier, from, () =>
                {
                    Barriers.DrawFence(stage, stage.Along(x), from, z1, fence);
                    if (z0 > 4) Barriers.DrawFence(stage, stage.Upright(0, z0), MathF.Min(x, x - 5 * towards), MathF.Max(x, x - 5 * towards), fence);
                });
                break;
            default:
                var leaves = Coat.Leaves(random);
                float height = random.Range(0.9f, 2.4f);
                stage.Add(zone, Barrier, from, () => Plants.DrawHedge(stage, x, from, z1, height, towards, leaves));
                break;
        }
    }

    private static void AddTrees(Stage stage, StreetPlan plan, float z0, float z1, float xa, float xb, float perMetre, float low, float high, int layer)
    {
        var random = stage.Random;
        for (float z = MathF.Max(z0, 5); z < z1; z += random.Range(0.6f, 1.4f) / perMetre)
        {
            float x = random.Range(xa, xb), height = random.Range(low, high), depth = z;
            var leaves = Coat.Leaves(random);
            stage.Add(plan.ZoneOf(z), layer, depth, () => Plants.DrawTree(stage, x, depth, height, leaves));
        }
    }

    private static void AddShrubs(Stage stage, StreetPlan plan, float z0, float z1, float xa, float xb, float perMetre)
    {
        var random = stage.Random;
        for (float z = MathF.Max(z0, 4); z < z1; z += random.Range(0.5f, 1.5f) / perMetre)
        {
            float x = random.Range(xa, xb), size = random.Range(0.7f, 2), depth = z;
            var leaves = Coat.Leaves(random);
            stage.Add(plan.ZoneOf(z), Garden, depth, () => Plants.DrawShrub(stage, x, depth, size, leaves));
        }
    }

    private static void AddKerbRow(Stage stage, StreetPlan plan, StreetSide side)
    {
        var random = stage.Random;
        float x = side.PavementStart + 0.55f * side.Outward;
        if (random.Chance(0.42f))
        {
            var leaves = Coat.Leaves(random);
            float spacing = random.Range(8, 15), height = random.Range(5, 11);
            for (float z = random.Range(7, 16); z < MathF.Min(plan.End, 80); z += spacing)
            {
                if (plan.ZoneOf(z + 2) == 1) continue;
                float depth = z, size = height * random.Range(0.85f, 1.15f), at = side.Verge > 0 ? side.PavementStart - 0.5f * side.Verge * side.Outward : x;
                stage.Add(plan.ZoneOf(z), Street, depth, () => Plants.DrawTree(stage, at, depth, size, leaves));
            }
        }
        if (random.Chance(0.75f))
        {
            float spacing = random.Range(14, 26);
            for (float z = random.Range(5, 18); z < MathF.Min(plan.End, 55); z += spacing)
            {
                float depth = z;
                if (plan.ZoneOf(z) != 1) stage.Add(plan.ZoneOf(z), Street, depth, () => Signals.DrawLampPost(stage, x, depth, -side.Outward));
            }
        }
        if (random.Chance(0.18f))
        {
            var paint = Coat.Metal(random);
            for (float z = random.Range(4, 8); z < 30; z += 2.2f)
            {
                float depth = z;
                if (plan.ZoneOf(z) != 1) stage.Add(plan.ZoneOf(z), Street, depth, () => Signals.DrawBollard(stage, x, depth, paint));
            }
        }
        if (random.Chance(0.07f)) stage.Add(2, Street, 40, () => Barriers.DrawGuardRail(stage, side.Curb + 0.3f * side.Outward, 1, plan.Crossing?.Near - 4 ?? 40));
    }
}
