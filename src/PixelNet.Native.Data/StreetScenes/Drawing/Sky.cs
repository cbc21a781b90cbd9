using System.Numerics;

namespace PixelNet.Native.Data.StreetScenes.Drawing;

/// <summary>Sky from horizon to zenith, with clouds that shrink towards the horizon. Painted in normalised coordinates.</summary>
internal readonly struct Sky(Vector3 zenith, Vector3 horizon, Vector3 cloud, float cover, float horizonV, float pixel, uint seed) : IPaint
{
    public Vector4 At(float u, float v)
    {
        float up = MathF.Max(horizonV - v, 0) / MathF.Max(horizonV, 0.1f);
        var color = Shape.Mix(horizon, zenith, MathF.Min(1, 1.3f * up));
        float perspective = 0.5f / (0.22f + up);
        float x = (u - 1) * perspective * 2.2f, y = 2.6f * perspective;
        float clouds = Noise.Fractal(x, 2 * y, 4 * pixel * perspective, 5, seed);
        float white = Shape.Clamp01((clouds + cover) * 1.8f);
        return new Vector4(Shape.Mix(color, cloud * (0.93f + 0.12f * clouds), white), 1);
    }
}
