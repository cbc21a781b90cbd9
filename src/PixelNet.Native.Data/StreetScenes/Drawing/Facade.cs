using System.Numerics;

namespace PixelNet.Native.Data.StreetScenes.Drawing;

/// <summary>Look of a house front: plaster or brick, a grid of windows, perhaps shops below.</summary>
internal sealed record FacadeStyle
{
    public required Vector3 Wall { get; init; }

    public required Vector3 Trim { get; init; }

    public required Vector3 Glass { get; init; }

    public required Vector3 ShopSign { get; init; }

    /// <summary>Distance of windows, metres.</summary>
    public required float Bay { get; init; }

    /// <summary>Width of a window as a share of the bay.</summary>
    public required float WindowWidth { get; init; }

    public required float Floor { get; init; }

    /// <summary>Sill and lintel as shares of the floor.</summary>
    public required float Sill { get; init; }

    public required float Lintel { get; init; }

    /// <summary>Height of the ground floor.</summary>
    public required float Ground { get; init; }

    public required bool Shops { get; init; }

    /// <summary>0 none; 1 small bricks show in the wall.</summary>
    public required float Brick { get; init; }

    public required uint Seed { get; init; }
}

/// <summary>A house front of a given height; s along the street, t up.</summary>
internal readonly struct Facade(FacadeStyle style, float height, bool blind = false) : ITexture
{
    public Vector4 At(in Hit hit)
    {
        var wall = Wall(hit);
        if (blind) return new Vector4(wall, 1);
        var color = hit.T < style.Ground ? GroundFloor(hit, wall) : UpperFloor(hit, wall);
        float cornice = Shape.Pulse(hit.T, height - 0.45f, height, hit.FootT);
        return new Vector4(Shape.Mix(color, style.Trim, 0.8f * cornice), 1);
    }

    private Vector3 Wall(in Hit hit)
    {
        float v = 1 + 0.07f * Noise.Fractal(0.6f * hit.S, 0.25f * hit.T, 0.6f * hit.FootS, 3, style.Seed);
        if (style.Brick > 0)
        {
            float near = Shape.Detail(0.24f, hit.FootT) * style.Brick;
            if (near > 0)
            {
                float t = Shape.Repeat(hit.T, 0.24f, out int course), s = Shape.Repeat(hit.S + (course & 1) * 0.25f, 0.5f, out int brick);
                float inside = Shape.Pulse(s, 0.03f, 0.5f, hit.FootS) * Shape.Pulse(t, 0.03f, 0.24f, hit.FootT);
                v += near * (0.2f * (Noise.Cell(brick, course, style.Seed) - 0.5f) - 0.25f * (1 - inside));
            }
        }
        return style.Wall * v;
    }

    private Vector3 UpperFloor(in Hit hit, Vector3 wall)
    {
        float t = Shape.Repeat(hit.T - style.Ground, style.Floor, out int floor), s = Shape.Repeat(hit.S, style.Bay, out int bay);
        if ((floor + 1) * style.Floor + style.Ground > height + 0.1f) return wall;
        float margin = 0.5f * style.Bay * (1 - style.WindowWidth), frame = 0.13f;
        float s0 = margin, s1 = style.Bay - margin, t0 = style.Sill * style.Floor, t1 = style.Lintel * style.Floor;
        float band = Shape.Pulse(t, -0.1f, 0.12f, hit.FootT);
        var color = Shape.Mix(wall, style.Trim, 0.4f * band);
        float surround = Shape.Pulse(s, s0 - frame, s1 + frame, hit.FootS) * Shape.Pulse(t, t0 - 1.6f * frame, t1 + frame, hit.FootT);
        if (surround <= 0) return color;
        color = Shape.Mix(color, style.Trim, surround);
        float pane = Shape.Pulse(s, s0, s1, hit.FootS) * Shape.Pulse(t, t0, t1, hit.FootT);
        float mid = 0.5f * style.Bay, crossbar = 1 - Shape.Pulse(s, mid - 0.05f, mid + 0.05f, hit.FootS);
        return Shape.Mix(color, Pane(bay, floor, (t - t0) / (t1 - t0)), pane * (0.25f + 0.75f * crossbar));
    }

    // Dark rooms, reflected sky, curtains, blinds, some lit.
    private Vector3 Pane(int bay, int floor, float up)
    {
        uint bits = Noise.Hash(bay, floor, style.Seed + 11);
        float shade = 0.6f + 0.7f * (bits & 255) * (1f / 255);
        var glass = style.Glass * shade * (0.75f + 0.5f * up);
        return (bits >> 8 & 15) switch
        {
            0 => Shape.Mix(glass, new Vector3(0.95f, 0.85f, 0.6f), 0.7f),
            1 or 2 or 3 => Shape.Mix(glass, new Vector3(0.8f, 0.79f, 0.76f), up > 0.45f ? 0.75f : 0.1f),
            4 => Shape.Mix(glass, style.Trim, 0.7f),
            _ => glass,
        };
    }

    private Vector3 GroundFloor(in Hit hit, Vector3 wall)
    {
        float pitch = style.Shops ? 2 * style.Bay : style.Bay;
        float s = Shape.Repeat(hit.S, pitch, out int unit), top = style.Ground - (style.Shops ? 0.95f : 0.6f);
        uint bits = Noise.Hash(unit, 99, style.Seed);
        bool door = (bits & 3) == 0;
        float s0 = (style.Shops ? 0.08f : 0.28f) * pitch, s1 = pitch - s0, t0 = door ? 0.05f : style.Shops ? 0.5f : 1.1f;
        var color = Shape.Mix(wall, style.Trim * 0.8f, 0.6f * Shape.Pulse(hit.T, -1, 0.45f, hit.FootT));
        if (style.Shops)
        {
            // The board with the name: a coloured band with a few letters.
            float board = Shape.Pulse(hit.T, top + 0.15f, style.Ground - 0.1f, hit.FootT);
            float letters = Shape.Detail(0.5f, hit.FootS) * Shape.Pulse(hit.T, top + 0.33f, style.Ground - 0.28f, hit.FootT)
                * (Noise.Cell((int)MathF.Floor(hit.S / 0.28f), 5, style.Seed) > 0.45f ? 1 : 0) * Shape.Pulse(s, 0.25f * pitch, 0.75f * pitch, hit.FootS);
            var sign = (bits >> 4 & 1) == 0 ? style.ShopSign : style.Trim;
            color = Shape.Mix(color, Shape.Mix(sign, new Vector3(0.93f) - sign * 0.8f, letters), board);
        }
        float frame = Shape.Pulse(s, s0 - 0.12f, s1 + 0.12f, hit.FootS) * Shape.Pulse(hit.T, t0 - 0.12f, top + 0.12f, hit.FootT);
        float pane = Shape.Pulse(s, s0, s1, hit.FootS) * Shape.Pulse(hit.T, t0, top, hit.FootT);
        var inside = door && !style.Shops ? style.ShopSign * 0.6f : style.Glass * (0.5f + 0.9f * Noise.Cell(unit, (int)MathF.Floor(hit.T * 1.3f), style.Seed + 5));
        return Shape.Mix(Shape.Mix(color, style.Trim, frame), inside, pane);
    }
}

/// <summary>Rows of roof tiles.</summary>
internal readonly struct Tiles(Vector3 color, uint seed) : ITexture
{
    public Vector4 At(in Hit hit)
    {
        float t = Shape.Repeat(hit.T, 0.4f, out int row);
        float near = Shape.Detail(0.4f, hit.FootT);
        float v = 1 - 0.3f * near * (1 - t * 2.5f) * 0.6f + 0.1f * near * (Noise.Cell((int)MathF.Floor(hit.S / 0.4f), row, seed) - 0.5f)
            + 0.12f * Noise.Fractal(0.5f * hit.S, 0.5f * hit.T, 0.5f * hit.Foot, 2, seed);
        return new Vector4(color * v, 1);
    }
}
