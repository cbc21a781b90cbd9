using PixelNet.Native.Data.StreetScenes.Drawing;

namespace PixelNet.Native.Data.StreetScenes.Scenery;

/// <summary>What lies behind the pavement over a stretch of the street.</summary>
internal enum Frontage
{
    Houses,
    Gardens,
    Park,
    Works,
}

/// <summary>One side of the street, metres from the camera's axis outwards.</summary>
/// <param name="Outward">-1 left, 1 right.</param>
/// <param name="Curb">X of the road's edge, a parking strip not included.</param>
/// <param name="Parking">Width of a parking strip; 0 none.</param>
/// <param name="Verge">Width of a strip of grass; 0 none.</param>
/// <param name="Pavement">Width of the pavement.</param>
/// <param name="Stretches">What follows behind, from near to far.</param>
internal sealed record StreetSide(int Outward, float Curb, float Parking, float Verge, float Pavement, IReadOnlyList<(float Z0, float Z1, Frontage Kind)> Stretches)
{
    /// <summary>X of the pavement's inner and outer edges.</summary>
    public float PavementStart => Curb + Outward * (Parking + Verge);

    public float PavementEnd => PavementStart + Outward * Pavement;
}

/// <summary>The map of a scene: where road, pavements and crossing street lie, and what stands beside them.</summary>
internal sealed record StreetPlan
{
    public required StreetSide Left { get; init; }

    public required StreetSide Right { get; init; }

    /// <summary>The crossing street's near and far edge; null where there is none.</summary>
    public required (float Near, float Far)? Crossing { get; init; }

    /// <summary>Where the street ends.</summary>
    public required float End { get; init; }

    /// <summary>X of the tram track's middle; null where there is none.</summary>
    public required float? Track { get; init; }

    /// <summary>Middle of the lanes, and whether their traffic comes towards the camera.</summary>
    public required IReadOnlyList<(float X, bool Oncoming)> Lanes { get; init; }

    public IEnumerable<StreetSide> Sides => [Left, Right];

    /// <summary>Draws the zones from far to near: behind the crossing street, on it, before it.</summary>
    public int ZoneOf(float z) => Crossing is not { } crossing ? 2 : z >= crossing.Far ? 0 : z >= crossing.Near ? 1 : 2;

    public static StreetPlan Choose(SceneRandom random)
    {
        float end = random.Range(55, 140);
        bool hasTrack = random.Chance(0.34f);
        float laneWidth = random.Range(2.9f, 3.6f);
        // Traffic keeps to the right; the camera drives in one of the right lanes.
        int ahead = random.Weighted(3, 2) + 1, oncoming = random.Weighted(1, 4, 1);
        float lane = random.Int(ahead), shift = random.Range(-0.5f, 0.5f);
        float right = (ahead - lane - 0.5f) * laneWidth + shift, left = right - (ahead + oncoming) * laneWidth;
        var lanes = new List<(float, bool)>();
        for (int i = 0; i < ahead + oncoming; i++) lanes.Add((right - (i + 0.5f) * laneWidth, i >= ahead));
        float? track = null;
        if (hasTrack)
        {
            if (random.Chance(0.4f))
            {
                track = right + 1.9f;
                right += 3.8f;
            }
            else
            {
                track = left - 1.9f;
                left -= 3.8f;
            }
        }
        (float, float)? crossing = null;
        if (random.Chance(0.42f))
        {
            float near = random.Range(13, 36);
            crossing = (near, near + random.Range(6.5f, 10));
        }
        int character = random.Weighted(4, 3, 2, 2);
        return new StreetPlan
        {
            Left = ChooseSide(random, -1, left, character, crossing, end),
            Right = ChooseSide(random, 1, right, random.Chance(0.6f) ? character : random.Int(4), crossing, end),
            Crossing = crossing,
            End = end,
            Track = track,
            Lanes = lanes,
        };
    }

    private static StreetSide ChooseSide(SceneRandom random, int outward, float curb, int character, (float Near, float Far)? crossing, float end)
    {
        float parking = random.Chance(0.42f) ? 2.3f : 0, verge = random.Chance(0.28f) ? random.Range(0.9f, 2.2f) : 0;
        float pavement = random.Chance(0.9f) ? random.Range(1.9f, 4.6f) : random.Range(0.8f, 1.5f);
        var stretches = new List<(float, float, Frontage)>();
        float z = random.Range(-6, 2);
        while (z < end)
        {
            float length = random.Range(10, 32), stop = MathF.Min(z + length, end);
            // The crossing street and its pavements cut the row.
            if (crossing is { } c && z < c.Far + 3 && stop > c.Near - 3)
            {
                if (c.Near - 3 - z > 3) stretches.Add((z, c.Near - 3, ChooseFrontage(random, character)));
                z = c.Far + 3;
                continue;
            }
            stretches.Add((z, stop, ChooseFrontage(random, character)));
            z = stop;
        }
        return new StreetSide(outward, curb, parking, verge, pavement, stretches);
    }

    private static Frontage ChooseFrontage(SceneRandom random, int character) => (Frontage)(character switch
    {
        0 => random.Weighted(8, 1, 1, 1),
        1 => random.Weighted(2, 7, 2, 1),
        2 => random.Weighted(1, 2, 7, 2),
        _ => random.Weighted(2, 2, 2, 6),
    });
}
