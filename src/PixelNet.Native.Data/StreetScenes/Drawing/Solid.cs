using System.Numerics;

namespace PixelNet.Native.Data.StreetScenes.Drawing;

/// <summary>Position and heading of a thing on the ground.</summary>
internal readonly record struct Frame(Vector3 Origin, Vector3 Forward)
{
    public Vector3 Right => new(Forward.Z, 0, -Forward.X);

    /// <summary>Down the street, away from the camera.</summary>
    public static Frame Away(float x, float z) => new(new Vector3(x, 0, z), Vector3.UnitZ);

    public Vector3 Point(float x, float y, float z) => Origin + Right * x + new Vector3(0, y, 0) + Forward * z;

    /// <summary>The same thing shifted along its heading.</summary>
    public Frame Ahead(float distance) => this with { Origin = Origin + Forward * distance };
}

/// <summary>The sides of a <see cref="Solid"/>.</summary>
internal enum Side
{
    Rear,
    Front,
    Left,
    Right,
    Top,
}

/// <summary>
/// A box whose top may be smaller than its bottom and shifted along it, in a frame's coordinates (x right, y up, z forward):
/// half widths and the ranges of z below and above. Cars, lorries, houses and walls are made of these.
/// </summary>
internal readonly record struct Solid(float Y0, float Y1, float Half0, float Half1, float Rear0, float Front0, float Rear1, float Front1)
{
    /// <summary>A plain box.</summary>
    public static Solid Box(float y0, float y1, float half, float rear, float front) => new(y0, y1, half, half, rear, front, rear, front);

    /// <summary>
    /// A side, if the camera sees it. Its local coordinates are metres: on rear and front s = x (0 in the middle), on left and right s = z, on
    /// these four t = 0 at the lower edge; on top (s, t) = (x, z).
    /// </summary>
    public bool TryFace(Stage stage, in Frame frame, Side side, out Face face)
    {
        var (origin, s, t, outline) = side switch
        {
            Side.Rear => Lying(frame, frame.Right, new Vector3(0, Y1 - Y0, Rear1 - Rear0), frame.Point(0, Y0, Rear0), -Half0, Half0, Half1, -Half1),
            Side.Front => Lying(frame, frame.Right, new Vector3(0, Y1 - Y0, Front1 - Front0), frame.Point(0, Y0, Front0), -Half0, Half0, Half1, -Half1),
            Side.Left => Lying(frame, frame.Forward, new Vector3(Half0 - Half1, Y1 - Y0, 0), frame.Point(-Half0, Y0, 0), Rear0, Front0, Front1, Rear1),
            Side.Right => Lying(frame, frame.Forward, new Vector3(Half1 - Half0, Y1 - Y0, 0), frame.Point(Half0, Y0, 0), Rear0, Front0, Front1, Rear1),
            _ => (frame.Point(0, Y1, 0), frame.Right, frame.Forward, new Vector2[] { new(-Half1, Rear1), new(Half1, Rear1), new(Half1, Front1), new(-Half1, Front1) }),
        };
        var corner = origin + s * outline[0].X + t * outline[0].Y;
        var outward = Shape.Cross(t, s);
        if (Shape.Dot(outward, corner - frame.Point(0, 0.5f * (Y0 + Y1), 0.5f * (Rear0 + Front0))) < 0) outward = -outward;
        bool visible = Shape.Dot(outward, stage.Camera.Position - corner) > 0;
        face = visible ? new Face(stage.Plane(origin, s, t), outline) : default;
        return visible;
    }

    // slant: from the lower edge to the upper one, in the frame's coordinates.
    private static (Vector3 Origin, Vector3 S, Vector3 T, Vector2[] Outline) Lying(in Frame frame, Vector3 s, Vector3 slant, Vector3 origin, float a, float b, float c, float d)
    {
        float length = Shape.Length(slant);
        var t = (frame.Right * slant.X + new Vector3(0, slant.Y, 0) + frame.Forward * slant.Z) * (1 / length);
        return (origin, s, t, [new(a, 0), new(b, 0), new(c, length), new(d, length)]);
    }
}

/// <summary>A visible side: its plane and its outline, corners from the lower edge on.</summary>
internal readonly record struct Face(Surface Surface, Vector2[] Outline)
{
    /// <summary>Length of the slant.</summary>
    public float Height => Outline[2].Y;

    /// <summary>A trapezoid inside: shares of the height, and the margin to the slanting ends in metres.</summary>
    public Vector2[] Inset(float from, float to, float margin)
    {
        float left0 = Shape.Mix(Outline[0].X, Outline[3].X, from), left1 = Shape.Mix(Outline[0].X, Outline[3].X, to);
        float right0 = Shape.Mix(Outline[1].X, Outline[2].X, from), right1 = Shape.Mix(Outline[1].X, Outline[2].X, to);
        return [new(left0 + margin, from * Height), new(right0 - margin, from * Height), new(right1 - margin, to * Height), new(left1 + margin, to * Height)];
    }
}
