using System.Numerics;

namespace PixelNet.Native.Data.StreetScenes.Drawing;

/// <summary>Where a pixel meets a surface: local coordinates in metres, depth, and how far the pixel reaches along both.</summary>
internal readonly record struct Hit(float S, float T, float Z, float FootS, float FootT)
{
    public float Foot => MathF.Max(FootS, FootT);
}

/// <summary>
/// A plane in space with local coordinates (s, t) in metres: P(s, t) = origin + s S + t T. Screen and plane are joined by a homography; its
/// inverse, the adjugate of the 3 x 3 matrix [S' T' O'] (primes: projected without the division), tells each pixel where on the plane it looks.
/// </summary>
internal readonly struct Surface
{
    private readonly Vector3 _origin, _s, _t;
    private readonly Camera _camera;
    // Rows of the inverse: s = a/c, t = b/c for (u, v, 1).
    private readonly Vector3 _a, _b, _c;
    private readonly float _pixelU, _pixelV;

    public Surface(in Camera camera, Vector2 pixelSize, Vector3 origin, Vector3 s, Vector3 t, Vector3 shade)
    {
        (_origin, _s, _t, _camera, Shade) = (origin, s, t, camera, shade);
        (_pixelU, _pixelV) = (pixelSize.X, pixelSize.Y);
        Vector3 x = Homogeneous(camera, s, 0), y = Homogeneous(camera, t, 0), o = Homogeneous(camera, origin, 1);
        (_a, _b, _c) = (Shape.Cross(y, o), Shape.Cross(o, x), Shape.Cross(x, y));
        float determinant = Shape.Dot(x, _a);
        IsEdgeOn = MathF.Abs(determinant) < 1e-6f;
    }

    /// <summary>Light that falls on it.</summary>
    public Vector3 Shade { get; init; }

    /// <summary>Seen along the plane, so that nothing of it shows.</summary>
    public bool IsEdgeOn { get; }

    /// <summary>The same plane, lit by itself.</summary>
    public Surface Glowing(float light = 1) => this with { Shade = new Vector3(light) };

    public Vector3 Point(float s, float t) => _origin + _s * s + _t * t;

    public Hit At(float u, float v)
    {
        var p = new Vector3(u, v, 1);
        float c = 1 / Shape.Dot(_c, p);
        float s = Shape.Dot(_a, p) * c, t = Shape.Dot(_b, p) * c;
        float footS = MathF.Max(MathF.Abs(_a.X - s * _c.X) * _pixelU, MathF.Abs(_a.Y - s * _c.Y) * _pixelV) * MathF.Abs(c);
        float footT = MathF.Max(MathF.Abs(_b.X - t * _c.X) * _pixelU, MathF.Abs(_b.Y - t * _c.Y) * _pixelV) * MathF.Abs(c);
        return new Hit(s, t, _origin.Z + s * _s.Z + t * _t.Z, footS, footT);
    }

    // (u w, v w, w) with w = Z; a direction has no camera height in it.
    private static Vector3 Homogeneous(in Camera camera, Vector3 p, float isPoint) => new(
        camera.CenterU * p.Z + camera.Focal * p.X,
        camera.Horizon * p.Z + camera.Focal * (camera.Height * isPoint - p.Y),
        p.Z);
}
