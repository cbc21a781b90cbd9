using System.Numerics;

namespace PixelNet.Native.Data.StreetScenes.Drawing;

/// <summary>
/// One scene while it is drawn: canvas, camera, light, random numbers, and the list of things that wait for their turn under the painter's rule.
/// Shapes are given in the metres of a <see cref="Surface"/>; they are cut at the near plane and projected.
/// </summary>
internal sealed class Stage(Canvas canvas, Camera camera, Light light, SceneRandom random)
{
    private readonly List<(int Zone, int Layer, float Depth, Action Draw)> _things = [];
    private readonly int[] _instances = new int[64];

    public Canvas Canvas => canvas;

    public Camera Camera => camera;

    public Light Light => light;

    public SceneRandom Random => random;

    /// <summary>The mark of the next instance of a class: id * 1000 + number, numbers from 0 in painting order.</summary>
    public Mark NewInstance(int id) => new(id, id * 1000 + Math.Min(_instances[id]++, 999));

    /// <summary>Has something drawn later: far zones first, in a zone low layers first, in a layer far things first.</summary>
    public void Add(int zone, int layer, float depth, Action draw) => _things.Add((zone, layer, depth, draw));

    /// <summary>Draws what was added.</summary>
    public void DrawAll()
    {
        // OrderBy is stable: equal keys keep the order in which they were added.
        foreach (var thing in _things.OrderBy(t => t.Zone).ThenBy(t => t.Layer).ThenByDescending(t => t.Depth)) thing.Draw();
        _things.Clear();
    }

    /// <summary>A plane, lit as the side of it that the camera sees.</summary>
    public Surface Plane(Vector3 origin, Vector3 s, Vector3 t)
    {
        var normal = Shape.Unit(Shape.Cross(t, s));
        if (Shape.Dot(normal, camera.Position - origin) < 0) normal = -normal;
        return new Surface(camera, canvas.PixelSize, origin, s, t, light.On(normal));
    }

    /// <summary>The ground: s = X, t = Z.</summary>
    public Surface Ground(float y = 0) => Plane(new Vector3(0, y, 0), Vector3.UnitX, Vector3.UnitZ);

    /// <summary>An upright plane that faces the camera: s to the right of x, t up from the ground.</summary>
    public Surface Upright(float x, float z, float y = 0) => Plane(new Vector3(x, y, z), Vector3.UnitX, Vector3.UnitY);

    /// <summary>An upright plane along the street: s = Z, t up.</summary>
    public Surface Along(float x, float y = 0) => Plane(new Vector3(x, y, 0), Vector3.UnitZ, Vector3.UnitY);

    public void Fill<TTexture>(in Surface surface, ReadOnlySpan<Vector2> polygon, in TTexture texture, Mark mark) where TTexture : struct, ITexture
    {
        if (surface.IsEdgeOn) return;
        Span<Vector2> screen = stackalloc Vector2[polygon.Length + 8];
        int count = Project(surface, polygon, screen);
        if (count >= 3) canvas.Fill(screen[..count], new SurfacePaint<TTexture>(surface, texture, light), mark);
    }

    /// <summary>Labels only.</summary>
    public void Outline(in Surface surface, ReadOnlySpan<Vector2> polygon, Mark mark)
    {
        Span<Vector2> screen = stackalloc Vector2[polygon.Length + 8];
        int count = surface.IsEdgeOn ? 0 : Project(surface, polygon, screen);
        if (count >= 3) canvas.Outline(screen[..count], mark);
    }

    /// <summary>Labels only, over a disc.</summary>
    public void OutlineDisc(in Surface surface, float s, float t, float radius, Mark mark)
    {
        Span<Vector2> points = stackalloc Vector2[Shape.Circle.Length];
        Round(points, s, t, radius, radius);
        Outline(surface, points, mark);
    }

    public void Quad<TTexture>(in Surface surface, float s0, float t0, float s1, float t1, in TTexture texture, Mark mark) where TTexture : struct, ITexture =>
        Fill(surface, [new(s0, t0), new(s1, t0), new(s1, t1), new(s0, t1)], texture, mark);

    public void Disc<TTexture>(in Surface surface, float s, float t, float radiusS, float radiusT, in TTexture texture, Mark mark) where TTexture : struct, ITexture
    {
        Span<Vector2> points = stackalloc Vector2[Shape.Circle.Length];
        Round(points, s, t, radiusS, radiusT);
        Fill(surface, points, texture, mark);
    }

    public void Ring<TTexture>(in Surface surface, float s, float t, float radius, float width, in TTexture texture, Mark mark) where TTexture : struct, ITexture
    {
        int n = Shape.Circle.Length;
        Span<Vector2> points = stackalloc Vector2[n], outer = stackalloc Vector2[n + 8], inner = stackalloc Vector2[n + 8];
        Round(points, s, t, radius, radius);
        int count = Project(surface, points, outer);
        Round(points, s, t, radius - width, radius - width);
        // A ring that the near plane cuts is as good as out of sight.
        if (surface.IsEdgeOn || count != n || Project(surface, points, inner) != n) return;
        canvas.FillRing(outer[..n], inner[..n], new SurfacePaint<TTexture>(surface, texture, light), mark);
    }

    public void Line<TTexture>(in Surface surface, Vector2 from, Vector2 to, float width, in TTexture texture, Mark mark) where TTexture : struct, ITexture =>
        Limb(surface, from, to, width, width, texture, mark);

    /// <summary>A straight piece whose width changes from one end to the other.</summary>
    public void Limb<TTexture>(in Surface surface, Vector2 from, Vector2 to, float widthFrom, float widthTo, in TTexture texture, Mark mark) where TTexture : struct, ITexture
    {
        var d = to - from;
        float length = MathF.Sqrt(d.X * d.X + d.Y * d.Y);
        if (length <= 0) return;
        var side = new Vector2(-d.Y, d.X) * (0.5f / length);
        Fill(surface, [from + side * widthFrom, to + side * widthTo, to - side * widthTo, from - side * widthFrom], texture, mark);
    }

    private static void Round(Span<Vector2> points, float s, float t, float radiusS, float radiusT)
    {
        for (int i = 0; i < points.Length; i++)
            points[i] = new Vector2(s + radiusS * Shape.Circle[i].X, t + radiusT * Shape.Circle[i].Y);
    }

    // Sutherland and Hodgman's clipping against the near plane, then the projection. Convex outlines gain one corner at most; others a few.
    private int Project(in Surface surface, ReadOnlySpan<Vector2> polygon, Span<Vector2> screen)
    {
        int count = 0;
        var previous = surface.Point(polygon[^1].X, polygon[^1].Y);
        foreach (var corner in polygon)
        {
            var p = surface.Point(corner.X, corner.Y);
            if (p.Z >= Camera.Near != previous.Z >= Camera.Near && count < screen.Length)
                screen[count++] = camera.Project(previous + (p - previous) * ((Camera.Near - previous.Z) / (p.Z - previous.Z)));
            if (p.Z >= Camera.Near && count < screen.Length) screen[count++] = camera.Project(p);
            previous = p;
        }
        return count;
    }
}
