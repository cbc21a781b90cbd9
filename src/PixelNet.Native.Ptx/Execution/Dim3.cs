namespace PixelNet.Native.Ptx.Execution;

/// <summary>Three extents of a grid or a block.</summary>
/// <param name="X">Fastest extent.</param>
/// <param name="Y">Second extent.</param>
/// <param name="Z">Slowest extent.</param>
public readonly record struct Dim3(int X, int Y = 1, int Z = 1)
{
    /// <summary>Product of the extents.</summary>
    public long Count => (long)X * Y * Z;

    /// <summary>A one-dimensional extent.</summary>
    /// <param name="x">Extent.</param>
    public static implicit operator Dim3(int x) => new(x);

    /// <summary>A one-dimensional extent.</summary>
    /// <param name="x">Extent.</param>
    public static Dim3 FromInt32(int x) => new(x);

    /// <inheritdoc/>
    public override string ToString() => $"({X}, {Y}, {Z})";
}
