using System.Numerics;

namespace PixelNet.Native.Data.StreetScenes.Drawing;

/// <summary>Light and air of a scene.</summary>
internal sealed record Light
{
    /// <summary>Unit vector towards the sun.</summary>
    public required Vector3 Sun { get; init; }

    /// <summary>Colour and strength of direct light; zero under clouds.</summary>
    public required Vector3 Direct { get; init; }

    /// <summary>Light of the sky from all sides.</summary>
    public required Vector3 Ambient { get; init; }

    /// <summary>What far things fade to.</summary>
    public required Vector3 Haze { get; init; }

    /// <summary>Haze per metre: a thing at depth z is mixed with d z / (1 + d z) of it.</summary>
    public required float HazeDensity { get; init; }

    /// <summary>How dark cast shadows are, 0..1.</summary>
    public required float Shadow { get; init; }

    public Vector3 On(Vector3 normal) => Ambient * (0.82f + 0.18f * normal.Y) + Direct * MathF.Max(0, Shape.Dot(normal, Sun));

    public float HazeAt(float z)
    {
        float d = HazeDensity * z;
        return d / (1 + d);
    }
}
