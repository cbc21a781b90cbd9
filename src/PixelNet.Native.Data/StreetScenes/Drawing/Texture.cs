using System.Numerics;

namespace PixelNet.Native.Data.StreetScenes.Drawing;

/// <summary>Reflectance of a material at a point of a surface; w is the opacity.</summary>
internal interface ITexture
{
    Vector4 At(in Hit hit);
}

/// <summary>A texture on a lit surface, seen through the air.</summary>
internal readonly struct SurfacePaint<TTexture>(Surface surface, TTexture texture, Light light) : IPaint where TTexture : struct, ITexture
{
    public Vector4 At(float u, float v)
    {
        var hit = surface.At(u, v);
        var color = texture.At(hit);
        var lit = new Vector3(color.X, color.Y, color.Z) * surface.Shade;
        return new Vector4(lit + (light.Haze - lit) * light.HazeAt(hit.Z), color.W);
    }
}

/// <summary>One colour, a little uneven.</summary>
internal readonly struct Plain(Vector3 color, float unevenness = 0.04f, uint seed = 1) : ITexture
{
    public Vector4 At(in Hit hit) => new(color * (1 + unevenness * Noise.Fractal(3 * hit.S, 3 * hit.T, 3 * hit.Foot, 2, seed)), 1);
}

/// <summary>Nothing but a darkening: shadows and tinted glass.</summary>
internal readonly struct Veil(Vector3 color, float opacity) : ITexture
{
    public Vector4 At(in Hit hit) => new(color, opacity);
}

/// <summary>From one colour at height t0 to another at t1.</summary>
internal readonly struct Gradient(Vector3 bottom, Vector3 top, float t0, float t1) : ITexture
{
    public Vector4 At(in Hit hit) => new(Shape.Mix(bottom, top, Shape.Clamp01((hit.T - t0) / (t1 - t0))), 1);
}
