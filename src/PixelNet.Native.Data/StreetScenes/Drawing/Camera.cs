using System.Numerics;

namespace PixelNet.Native.Data.StreetScenes.Drawing;

/// <summary>
/// A pinhole camera above the origin, looking along +Z; X to the right, Y up, the ground at Y = 0, metres. It projects to normalised coordinates:
/// u in [0, 2] from the left, v in [0, 1] from the top, whatever the number of pixels.
/// </summary>
/// <param name="CenterU">u of the vanishing point of the street.</param>
/// <param name="Horizon">v of the horizon.</param>
/// <param name="Focal">Focal length in image heights.</param>
/// <param name="Height">Metres above the ground.</param>
internal readonly record struct Camera(float CenterU, float Horizon, float Focal, float Height)
{
    /// <summary>Width of the frame in normalised coordinates; its height is 1.</summary>
    public const float FrameWidth = 2;

    /// <summary>Nearer things are cut off.</summary>
    public const float Near = 0.4f;

    public Vector3 Position => new(0, Height, 0);

    public Vector2 Project(Vector3 p)
    {
        float scale = Focal / p.Z;
        return new Vector2(CenterU + p.X * scale, Horizon + (Height - p.Y) * scale);
    }
}
