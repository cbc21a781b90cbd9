using System.Numerics;
using PixelNet.Native.Data.StreetScenes.Drawing;

namespace PixelNet.Native.Data.StreetScenes.Scenery;

/// <summary>Vehicles in the lanes, on the track, at the kerb and on the crossing street.</summary>
internal static class Traffic
{
    private const int Street = 3;

    public static void Add(Stage stage, StreetPlan plan)
    {
        AddLanes(stage, plan);
        AddTram(stage, plan);
        foreach (var side in plan.Sides) AddParked(stage, plan, side);
        if (plan.Crossing is { } crossing) AddCrossing(stage, plan, crossing);
    }

    private static void AddLanes(Stage stage, StreetPlan plan)
    {
        var random = stage.Random;
        float busy = random.Range(0.3f, 1);
        foreach (var (x, oncoming) in plan.Lanes)
        {
            if (!random.Chance(0.35f + 0.5f * busy)) continue;
            bool own = MathF.Abs(x) < 1.6f;
            float z = own ? random.Range(7, 30) : random.Range(3.5f, 26);
            while (z < MathF.Min(plan.End, 75))
            {
                z += AddVehicle(stage, plan, x + random.Range(-0.3f, 0.3f), z, oncoming) + random.Range(2.5f, 22 - 10 * busy);
            }
        }
    }

    // Returns the length of what was added.
    private static float AddVehicle(Stage stage, StreetPlan plan, float x, float z, bool oncoming)
    {
        var random = stage.Random;
        int kind = random.Weighted(58, 10, 10, 9, 8, 1);
        float length = kind switch { 0 => Cars.Length, 1 => Trucks.Length, 2 => Buses.Length, 5 => 6.2f, _ => 2 };
        // A thing that comes towards the camera has its rear at the far end.
        var frame = oncoming ? new Frame(new Vector3(x, 0, z + length), -Vector3.UnitZ) : Frame.Away(x, z);
        stage.Add(plan.ZoneOf(z), Street, z, () =>
        {
            switch (kind)
            {
                case 0: Cars.Draw(stage, frame); break;
                case 1: Trucks.Draw(stage, frame); break;
                case 2: Buses.Draw(stage, frame); break;
                case 3: TwoWheelers.Draw(stage, frame, motor: true, ridden: true); break;
                case 4: TwoWheelers.Draw(stage, frame, motor: false, ridden: true); break;
                default: Caravans.Draw(stage, frame); break;
            }
        });
        return length;
    }

    private static void AddTram(Stage stage, StreetPlan plan)
    {
        var random = stage.Random;
        if (plan.Track is not { } x || !random.Chance(0.85f)) return;
        int cars = random.Int(1, 3);
        float z = random.Range(5, 24), length = Trains.Length(cars);
        bool oncoming = x < 0;
        var frame = oncoming ? new Frame(new Vector3(x, 0, z + length), -Vector3.UnitZ) : Frame.Away(x, z);
        stage.Add(plan.ZoneOf(z), Street, z, () => Trains.Draw(stage, frame, cars));
    }

    private static void AddParked(Stage stage, StreetPlan plan, StreetSide side)
    {
        if (side.Parking == 0) return;
        var random = stage.Random;
        float x = side.Curb + side.Outward * 0.5f * side.Parking, full = random.Range(0.45f, 1);
        for (float z = random.Range(2.5f, 8); z < MathF.Min(plan.End, 70);)
        {
            if (plan.Crossing is { } c && z + 5 > c.Near - 5 && z < c.Far + 4)
            {
                z = c.Far + 4;
                continue;
            }
            if (!random.Chance(full))
            {
                z += 4;
                continue;
            }
            float depth = z, at = x + random.Range(-0.15f, 0.15f);
            bool turned = random.Chance(side.Outward < 0 ? 0.75f : 0.1f), truck = random.Chance(0.05f), trailer = random.Chance(0.03f);
            float length = truck ? Trucks.Length : Cars.Length;
            var frame = turned ? new Frame(new Vector3(at, 0, z + length), -Vector3.UnitZ) : Frame.Away(at, z);
            stage.Add(plan.ZoneOf(z), Street, depth, () =>
            {
                if (truck) Trucks.Draw(stage, frame);
                else if (trailer) Caravans.DrawTrailer(stage, frame);
                else Cars.Draw(stage, frame);
            });
            z += length + 1 + random.Range(0, 1);
        }
    }

    private static void AddCrossing(Stage stage, StreetPlan plan, (float Near, float Far) crossing)
    {
        var random = stage.Random;
        float width = crossing.Far - crossing.Near;
        foreach (bool toTheRight in (ReadOnlySpan<bool>)[true, false])
        {
            // Traffic to the right drives on the near half.
            float z = crossing.Near + width * (toTheRight ? 0.28f : 0.72f);
            for (float x = random.Range(-14, 14); x < 26 && random.Chance(0.7f);)
            {
                int kind = random.Weighted(50, 14, 15, 9, 10);
                float length = kind switch { 0 => Cars.Length, 1 => Trucks.Length, 2 => Buses.Length, _ => 2 };
                float at = toTheRight ? x : x + length, depth = z - (kind < 3 ? 0.9f : 0);
                var frame = new Frame(new Vector3(at, 0, z), toTheRight ? Vector3.UnitX : -Vector3.UnitX);
                stage.Add(1, Street, depth, () =>
                {
                    switch (kind)
                    {
                        case 0: Cars.Draw(stage, frame); break;
                        case 1: Trucks.Draw(stage, frame); break;
                        case 2: Buses.Draw(stage, frame); break;
                        default: TwoWheelers.Draw(stage, frame, motor: kind == 3, ridden: true); break;
                    }
                });
                x += length + random.Range(2, 12);
            }
        }
    }
}
