using System.Numerics;
using PixelNet.Native.Data.StreetScenes.Drawing;

namespace PixelNet.Native.Data.StreetScenes.Scenery;

/// <summary>Life on the pavement: people, parked two-wheelers, signs, lights, bins.</summary>
internal static class Passers
{
    private const int Street = 3;

    public static void Add(Stage stage, StreetPlan plan)
    {
        foreach (var side in plan.Sides)
        {
            AddPeople(stage, plan, side);
            AddTwoWheelers(stage, plan, side);
            AddSigns(stage, plan, side);
            AddClutter(stage, plan, side);
        }
        AddCrossingPeople(stage, plan);
    }

    private static void Place(Stage stage, StreetPlan plan, float z, Action draw)
    {
        // Nobody stands still in the middle of the crossing street.
        if (plan.ZoneOf(z) != 1) stage.Add(plan.ZoneOf(z), Street, z, draw);
    }

    private static float OnPavement(Stage stage, StreetSide side) =>
        side.PavementStart + side.Outward * stage.Random.Range(0.35f, MathF.Max(side.Pavement - 0.3f, 0.4f));

    private static void AddPeople(Stage stage, StreetPlan plan, StreetSide side)
    {
        var random = stage.Random;
        int count = random.Weighted(3, 3, 3, 2, 2, 1);
        for (int i = 0; i < count; i++)
        {
            float z = 4 + 16 * random.Range(0, 1) * random.Range(0.3f, 1), x = OnPavement(stage, side);
            Place(stage, plan, z, () => Persons.Draw(stage, x, z));
            if (!random.Chance(0.3f)) continue;
            // Somebody walks beside.
            float x2 = x + 0.65f * random.Sign(), z2 = z + random.Range(-0.2f, 0.4f);
            Place(stage, plan, z2, () => Persons.Draw(stage, x2, z2));
        }
        if (!random.Chance(0.06f)) return;
        float start = random.Range(10, 18), middle = OnPavement(stage, side);
        for (int i = 0; i < 6; i++)
        {
            float x = middle + random.Range(-1.3f, 1.3f), z = start + random.Range(0, 1.5f);
            Place(stage, plan, z, () => Persons.Draw(stage, x, z, group: true));
        }
    }

    private static void AddCrossingPeople(Stage stage, StreetPlan plan)
    {
        var random = stage.Random;
        if (!random.Chance(0.4f)) return;
        float z = plan.Crossing is { } c ? c.Near - random.Range(1, 3) : random.Range(6, 15);
        for (int i = random.Int(1, 3); i > 0; i--)
        {
            float x = random.Range(plan.Left.Curb, plan.Right.Curb), depth = z + random.Range(-0.6f, 0.6f);
            stage.Add(plan.ZoneOf(depth), Street, depth, () => Persons.Draw(stage, x, depth));
        }
    }

    private static void AddTwoWheelers(Stage stage, StreetPlan plan, StreetSide side)
    {
        var random = stage.Random;
        if (random.Chance(0.28f))
        {
            // A rack of bicycles, or a row of motorcycles, side by side or one behind the other.
            bool motor = random.Chance(0.45f), across = random.Chance(0.5f);
            float z = random.Range(4.5f, 13), x = side.PavementStart + side.Outward * (across ? 0.2f : 0.8f);
            for (int i = random.Int(1, 4); i > 0; i--)
            {
                float depth = z, turn = random.Range(-0.35f, 0.35f);
                var heading = Shape.Unit(across ? new Vector3(side.Outward, 0, turn) : new Vector3(-0.5f * side.Outward, 0, 1));
                var frame = new Frame(new Vector3(x, 0, depth), heading);
                Place(stage, plan, depth, () => TwoWheelers.Draw(stage, frame, motor, ridden: false));
                z += across ? random.Range(0.6f, 1.1f) : random.Range(1.9f, 2.6f);
            }
        }
        if (random.Chance(0.3f))
        {
            // A cyclist along the kerb, or across the street.
            bool across = random.Chance(0.45f);
            float z = random.Range(5, 12), x = across ? random.Range(plan.Left.Curb, plan.Right.Curb) : side.Curb - side.Outward * random.Range(0.4f, 1.1f);
            bool motor = random.Chance(0.4f);
            var heading = across ? new Vector3(random.Sign(), 0, 0) : Shape.Unit(new Vector3(random.Range(-0.6f, 0.6f), 0, 1));
            var frame = new Frame(new Vector3(x, 0, z), heading);
            stage.Add(plan.ZoneOf(z), Street, z, () => TwoWheelers.Draw(stage, frame, motor, ridden: true));
        }
    }

    private static void AddSigns(Stage stage, StreetPlan plan, StreetSide side)
    {
        var random = stage.Random;
        float x = side.PavementStart + 0.4f * side.Outward;
        if (plan.Crossing is { } crossing && random.Chance(0.65f))
        {
            float z = crossing.Near - random.Range(1, 4);
            Place(stage, plan, z, () => Signals.DrawTrafficLight(stage, x, z, -side.Outward));
        }
        else if (random.Chance(0.22f))
        {
            float z = random.Range(7, 22);
            Place(stage, plan, z, () => Signals.DrawTrafficLight(stage, x, z, -side.Outward));
        }
        for (int i = random.Weighted(4, 4, 2); i > 0; i--)
        {
            float z = random.Range(5.5f, 20), at = x + random.Range(0, 0.4f) * side.Outward;
            bool board = random.Chance(0.14f);
            Place(stage, plan, z, () =>
            {
                if (board) Signals.DrawBoard(stage, at + side.Outward, z);
                else Signals.DrawSignPost(stage, at, z);
            });
        }
    }

    private static void AddClutter(Stage stage, StreetPlan plan, StreetSide side)
    {
        var random = stage.Random;
        for (int i = random.Weighted(5, 3, 1); i > 0; i--)
        {
            float z = random.Range(5, 30), x = OnPavement(stage, side), size = random.Range(0.5f, 1.3f);
            var paint = Coat.Vehicle(random);
            bool moving = random.Chance(0.3f);
            Place(stage, plan, z, () => DrawBox(stage, x, z, size, paint, Mark.Stuff(moving ? LabelId.Dynamic : LabelId.Static)));
        }
    }

    private static void DrawBox(Stage stage, float x, float z, float size, Vector3 paint, Mark mark)
    {
        var box = Solid.Box(0, size, 0.35f * size + 0.1f, 0, 0.5f * size);
        var frame = Frame.Away(x, z);
        stage.Disc(stage.Ground(0.004f), x, z + 0.2f, 0.5f * size, 0.4f * size, new Veil(new Vector3(0.03f), 0.4f), Mark.None);
        foreach (var side in (ReadOnlySpan<Side>)[Side.Left, Side.Right, Side.Top, Side.Rear])
            if (box.TryFace(stage, frame, side, out var face)) stage.Fill(face.Surface, face.Outline, new Plain(paint * (side == Side.Top ? 0.6f : 1), 0.12f), mark);
    }
}
