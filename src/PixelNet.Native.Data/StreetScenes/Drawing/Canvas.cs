using System.Numerics;
using PixelNet.Native.Data.Imaging;

namespace PixelNet.Native.Data.StreetScenes.Drawing;

/// <summary>What a shape writes into the label maps: a Cityscapes id and the value of the instance map; id -1 leaves both as they are.</summary>
internal readonly record struct Mark(int Id, int Instance)
{
    /// <summary>Paint only.</summary>
    public static Mark None => new(-1, 0);

    /// <summary>Stuff and groups: the instance map holds the plain id.</summary>
    public static Mark Stuff(int id) => new(id, id);
}

/// <summary>Colour of a pixel, by its centre in normalised coordinates (<see cref="Camera"/>); w is the opacity.</summary>
internal interface IPaint
{
    Vector4 At(float u, float v);
}

/// <summary>
/// Image, label ids and instance ids under the painter's rule: later shapes cover earlier ones. Polygons are filled with the exact area that they cover of
/// each pixel (signed areas summed along the row, as font renderers do); colours blend by that area, labels never: a pixel takes the label of a shape that
/// covers at least half of it.
/// </summary>
internal sealed class Canvas
{
    private readonly Vector3[] _colors;
    private readonly float[] _areas;
    private readonly float _scaleX, _scaleY;

    public Canvas(int width, int height)
    {
        (Width, Height) = (width, height);
        (_scaleX, _scaleY) = (width / Camera.FrameWidth, height);
        _colors = new Vector3[width * height];
        Ids = new byte[width * height];
        Instances = new ushort[width * height];
        _areas = new float[(width + 2) * height];
    }

    public int Width { get; }

    public int Height { get; }

    public byte[] Ids { get; }

    public ushort[] Instances { get; }

    /// <summary>Size of a pixel in normalised coordinates.</summary>
    public Vector2 PixelSize => new(1 / _scaleX, 1 / _scaleY);

    /// <summary>Fills a simple polygon of any orientation, given in normalised coordinates.</summary>
    public void Fill<TPaint>(ReadOnlySpan<Vector2> polygon, in TPaint paint, Mark mark) where TPaint : struct, IPaint
    {
        if (!Bounds(polygon, out int left, out int top, out int right, out int bottom)) return;
        var previous = ToPixels(polygon[^1]);
        foreach (var corner in polygon)
        {
            var next = ToPixels(corner);
            AddEdge(previous, next);
            previous = next;
        }
        Sweep(left, top, right, bottom, paint, mark);
    }

    /// <summary>Writes labels and no colour: what an annotator draws around a thing that one can see through.</summary>
    public void Outline(ReadOnlySpan<Vector2> polygon, Mark mark) => Fill(polygon, new OutlinePaint(), mark);

    /// <summary>Fills between two outlines of equal length: a ring.</summary>
    public void FillRing<TPaint>(ReadOnlySpan<Vector2> outer, ReadOnlySpan<Vector2> inner, in TPaint paint, Mark mark) where TPaint : struct, IPaint
    {
        if (!Bounds(outer, out int left, out int top, out int right, out int bottom)) return;
        for (int i = 0; i < outer.Length; i++)
        {
            int j = (i + 1) % outer.Length;
            AddEdge(ToPixels(outer[i]), ToPixels(outer[j]));
            AddEdge(ToPixels(inner[j]), ToPixels(inner[i]));
        }
        Sweep(left, top, right, bottom, paint, mark);
    }

    /// <summary>The finished image: exposure and colour cast, darker corners, sensor noise, 8 bits.</summary>
    public RgbImage Develop(Vector3 gain, float vignette, float grain, uint seed)
    {
        var pixels = new byte[3 * _colors.Length];
        for (int y = 0, i = 0; y < Height; y++)
        {
            float v = 2 * (y + 0.5f) / Height - 1;
            for (int x = 0; x < Width; x++, i++)
            {
                float u = 2 * (x + 0.5f) / Width - 1;
                uint bits = Noise.Hash(x, y, seed);
                float luma = ((bits & 1023) + (bits >> 10 & 1023)) * (1f / 1023) - 1;
                var color = _colors[i] * gain * (1 - vignette * (u * u + v * v)) + new Vector3(grain * luma);
                pixels[3 * i] = ToByte(color.X);
                pixels[3 * i + 1] = ToByte(color.Y);
                pixels[3 * i + 2] = ToByte(color.Z);
            }
        }
        return new RgbImage(Width, Height, pixels);
    }

    private static byte ToByte(float v) => (byte)(Shape.Clamp01(v) * 255 + 0.5f);

    private Vector2 ToPixels(Vector2 p) => new(p.X * _scaleX, p.Y * _scaleY);

    private bool Bounds(ReadOnlySpan<Vector2> polygon, out int left, out int top, out int right, out int bottom)
    {
        float minX = float.MaxValue, minY = float.MaxValue, maxX = float.MinValue, maxY = float.MinValue;
        foreach (var corner in polygon)
        {
            minX = MathF.Min(minX, corner.X);
            minY = MathF.Min(minY, corner.Y);
            maxX = MathF.Max(maxX, corner.X);
            maxY = MathF.Max(maxY, corner.Y);
        }
        left = (int)MathF.Floor(Math.Clamp(minX * _scaleX, 0, Width));
        top = (int)MathF.Floor(Math.Clamp(minY * _scaleY, 0, Height));
        right = (int)MathF.Ceiling(Math.Clamp(maxX * _scaleX, 0, Width));
        bottom = (int)MathF.Ceiling(Math.Clamp(maxY * _scaleY, 0, Height));
        return left < right && top < bottom;
    }

    // Adds, for each row that the edge crosses, the area to the right of it: what a prefix sum turns into coverage.
    private void AddEdge(Vector2 from, Vector2 to)
    {
        if (from.Y == to.Y) return;
        float direction = 1;
        if (from.Y > to.Y) (from, to, direction) = (to, from, -1);
        float slope = (to.X - from.X) / (to.Y - from.Y);
        int first = (int)MathF.Max(from.Y, 0), end = (int)MathF.Ceiling(MathF.Min(to.Y, Height));
        for (int y = first; y < end; y++)
        {
            float y0 = MathF.Max(y, from.Y), y1 = MathF.Min(y + 1, to.Y);
            if (y1 <= y0) continue;
            float xa = Math.Clamp(from.X + (y0 - from.Y) * slope, 0, Width), xb = Math.Clamp(from.X + (y1 - from.Y) * slope, 0, Width);
            AddSpan(_areas.AsSpan(y * (Width + 2), Width + 2), MathF.Min(xa, xb), MathF.Max(xa, xb), (y1 - y0) * direction);
        }
    }

    private static void AddSpan(Span<float> row, float x0, float x1, float height)
    {
        int i = (int)x0, last = (int)MathF.Ceiling(x1);
        if (last <= i + 1)
        {
            float mean = 0.5f * (x0 + x1) - i;
            row[i] += height * (1 - mean);
            row[i + 1] += height * mean;
            return;
        }
        // The edge runs through several pixels of the row: a trapezoid in the first, a band in those between, a trapezoid in the last.
        float perPixel = height / (x1 - x0), start = i + 1 - x0, stop = x1 - (last - 1);
        float area = 0.5f * perPixel * start * start;
        row[i] += area;
        float sum = area, covered = perPixel * start;
        for (int x = i + 1; x < last - 1; x++)
        {
            float total = covered + 0.5f * perPixel;
            row[x] += total - sum;
            (sum, covered) = (total, covered + perPixel);
        }
        float end = height - 0.5f * perPixel * stop * stop;
        row[last - 1] += end - sum;
        row[last] += height - end;
    }

    private void Sweep<TPaint>(int left, int top, int right, int bottom, in TPaint paint, Mark mark) where TPaint : struct, IPaint
    {
        for (int y = top; y < bottom; y++)
        {
            var row = _areas.AsSpan(y * (Width + 2), Width + 2);
            float area = 0;
            for (int x = left; x < right; x++)
            {
                area += row[x];
                float cover = MathF.Min(MathF.Abs(area), 1);
                if (cover < 1f / 256) continue;
                float alpha = cover;
                int i = y * Width + x;
                if (typeof(TPaint) != typeof(OutlinePaint))
                {
                    var color = paint.At((x + 0.5f) / _scaleX, (y + 0.5f) / _scaleY);
                    alpha *= color.W;
                    var below = _colors[i];
                    _colors[i] = below + (new Vector3(color.X, color.Y, color.Z) - below) * alpha;
                }
                if (mark.Id < 0 || alpha < 0.5f) continue;
                Ids[i] = (byte)mark.Id;
                Instances[i] = (ushort)mark.Instance;
            }
            row[left..(right + 2)].Clear();
        }
    }

    private readonly struct OutlinePaint : IPaint
    {
        public Vector4 At(float u, float v) => default;
    }
}
