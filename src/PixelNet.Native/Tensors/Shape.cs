namespace PixelNet.Native.Tensors;

/// <summary>
/// The extents of a tensor, outermost first, one to four of them; elements are dense and row-major.
/// Images and maps are <c>[N, H, W, C]</c>, filters <c>[K, R, S, C]</c>, pixel matrices <c>[M, D]</c>.
/// </summary>
public readonly record struct Shape
{
    private readonly int _d0, _d1, _d2, _d3;

    /// <summary>A shape of one to four extents, none negative.</summary>
    /// <exception cref="ArgumentException">The number of extents is not 1 to 4, or one of them is negative.</exception>
    public Shape(params ReadOnlySpan<int> extents)
    {
        if (extents.Length is < 1 or > 4)
            throw new ArgumentException($"a shape has 1 to 4 extents, not {extents.Length}");
        foreach (int extent in extents)
            if (extent < 0) throw new ArgumentException($"a shape's extent cannot be negative: {extent}");
        Rank = extents.Length;
        _d0 = extents[0];
        _d1 = Rank > 1 ? extents[1] : 1;
        _d2 = Rank > 2 ? extents[2] : 1;
        _d3 = Rank > 3 ? extents[3] : 1;
    }

    /// <summary>Number of extents, 1 to 4.</summary>
    public int Rank { get; }

    /// <summary>Number of elements.</summary>
    public long Count => (long)_d0 * _d1 * _d2 * _d3;

    /// <summary>The extent of axis <paramref name="axis"/>, 0 the outermost.</summary>
    public int this[int axis] => (uint)axis >= (uint)Rank
        ? throw new ArgumentOutOfRangeException(nameof(axis), axis, $"the shape has rank {Rank}")
        : axis switch { 0 => _d0, 1 => _d1, 2 => _d2, _ => _d3 };

    /// <summary>Such as <c>[5, 224, 224, 64]</c>.</summary>
    public override string ToString() => Rank switch
    {
        1 => $"[{_d0}]",
        2 => $"[{_d0}, {_d1}]",
        3 => $"[{_d0}, {_d1}, {_d2}]",
        _ => $"[{_d0}, {_d1}, {_d2}, {_d3}]",
    };
}
