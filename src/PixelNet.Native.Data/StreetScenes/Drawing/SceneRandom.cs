using System.Numerics;
using PixelNet.Native.Sampling;

namespace PixelNet.Native.Data.StreetScenes.Drawing;

/// <summary>The random numbers of one scene: a pure function of (seed, split, index), drawn in a fixed order.</summary>
internal sealed class SceneRandom(ulong seed, uint split, uint index)
{
    private PhiloxStream _stream = new(seed, RandomPurpose.Scene, split, index);

    public float Range(float from, float to) => (float)(from + (to - from) * _stream.NextDouble());

    /// <summary>Between the two, most often in the middle.</summary>
    public float Near(float from, float to) => 0.5f * (Range(from, to) + Range(from, to));

    public int Int(int bound) => _stream.NextInt(bound);

    public int Int(int from, int to) => from + _stream.NextInt(to - from + 1);

    public bool Chance(float probability) => _stream.NextDouble() < probability;

    public float Sign() => Chance(0.5f) ? 1 : -1;

    public uint Seed() => _stream.NextUInt32();

    public T Pick<T>(params ReadOnlySpan<T> items) => items[_stream.NextInt(items.Length)];

    /// <summary>Index of a weight, drawn in proportion to the weights.</summary>
    public int Weighted(params ReadOnlySpan<float> weights)
    {
        float sum = 0;
        foreach (float w in weights) sum += w;
        float draw = Range(0, sum);
        for (int i = 0; i < weights.Length - 1; i++)
        {
            if (draw < weights[i]) return i;
            draw -= weights[i];
        }
        return weights.Length - 1;
    }

    /// <summary>A grey with a slight tint.</summary>
    public Vector3 Grey(float from, float to)
    {
        float v = Range(from, to);
        return new Vector3(v * Range(0.95f, 1.05f), v, v * Range(0.92f, 1.08f));
    }

    /// <summary>A colour of any hue: hue 0..6 around the wheel red, yellow, green, cyan, blue, magenta.</summary>
    public Vector3 Color(float hueFrom, float hueTo, float saturationFrom, float saturationTo, float valueFrom, float valueTo)
    {
        float hue = Range(hueFrom, hueTo), saturation = Range(saturationFrom, saturationTo), value = Range(valueFrom, valueTo);
        hue -= 6 * MathF.Floor(hue / 6);
        static float Wave(float h) => Shape.Clamp01(MathF.Abs(h - 3) - 1);
        static float Turn(float h) => h - 6 * MathF.Floor(h / 6);
        var pure = new Vector3(Wave(hue), Wave(Turn(hue + 4)), Wave(Turn(hue + 2)));
        return (Vector3.One + (pure - Vector3.One) * saturation) * value;
    }
}
