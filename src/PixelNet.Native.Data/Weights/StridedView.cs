namespace PixelNet.Native.Data.Weights;

/// <summary>
/// Which elements of a storage make up a tensor: element (i, j, …) lies at <c>Offset + i*Strides[0] + j*Strides[1] + …</c>, counted in elements.
/// Every change of layout on the way in (HWIO to OIHW, Fortran order, a dense fc6 seen as 7x7 filters, PyTorch's own views) is another view
/// of the same bytes; nothing is moved until the numbers are read (<see cref="TensorReader"/>).
/// </summary>
/// <param name="Shape">Extents, outermost first; none = a scalar.</param>
/// <param name="Strides">Steps, none negative.</param>
/// <param name="Offset">The first element.</param>
public sealed record StridedView(long[] Shape, long[] Strides, long Offset)
{
    /// <summary>The most axes that are read.</summary>
    public const int MaxRank = 8;

    /// <summary>A dense row-major tensor.</summary>
    public static StridedView Dense(ReadOnlySpan<long> shape, long offset = 0)
    {
        var strides = new long[shape.Length];
        long step = 1;
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = step;
            step *= Math.Max(1, shape[axis]);
        }
        return new StridedView(shape.ToArray(), strides, offset);
    }

    /// <summary>Number of elements of a shape, or -1 if a factor is negative, there are more than <see cref="MaxRank"/>, or the product
    /// exceeds 2^48, more than any file holds.</summary>
    public static long CountOf(ReadOnlySpan<long> shape)
    {
        if (shape.Length > MaxRank) return -1;
        Int128 count = 1;
        bool empty = false;
        foreach (long extent in shape)
        {
            if (extent < 0) return -1;
            if (extent == 0) empty = true;
            else if ((count *= extent) > 1L << 48) return -1;
        }
        return empty ? 0 : (long)count;
    }

    /// <summary>Number of axes.</summary>
    public int Rank => Shape.Length;

    /// <summary>Number of elements.</summary>
    public long Count => CountOf(Shape);

    /// <summary>The element behind the last one that the view touches.</summary>
    public long End
    {
        get
        {
            if (Count == 0) return Offset;
            Int128 last = Offset;
            for (int axis = 0; axis < Rank; axis++) last += (Int128)(Shape[axis] - 1) * Strides[axis];
            return last >= long.MaxValue ? long.MaxValue : (long)last + 1;
        }
    }

    /// <summary>Whether the elements lie one behind the other in row-major order.</summary>
    public bool IsDense
    {
        get
        {
            long step = 1;
            for (int axis = Rank - 1; axis >= 0; axis--)
            {
                if (Shape[axis] != 1 && Strides[axis] != step) return false;
                step *= Shape[axis];
            }
            return true;
        }
    }

    /// <summary>Axis <paramref name="order"/>[0] first, and so on.</summary>
    public StridedView Permute(params ReadOnlySpan<int> order)
    {
        var (shape, strides) = (new long[Rank], new long[Rank]);
        for (int axis = 0; axis < Rank; axis++) (shape[axis], strides[axis]) = (Shape[order[axis]], Strides[order[axis]]);
        return new StridedView(shape, strides, Offset);
    }

    /// <summary>One axis as several, the last of them the fastest.</summary>
    /// <exception cref="ArgumentException">The product of the extents is not the axis's extent.</exception>
    public StridedView Split(int axis, params ReadOnlySpan<long> extents)
    {
        if (CountOf(extents) != Shape[axis]) throw new ArgumentException($"an axis of {Shape[axis]} cannot be split so");
        var inner = Dense(extents).Strides.Select(step => step * Strides[axis]);
        return new StridedView([.. Shape[..axis], .. extents, .. Shape[(axis + 1)..]], [.. Strides[..axis], .. inner, .. Strides[(axis + 1)..]], Offset);
    }

    /// <summary>Without leading axes of extent 1, down to a rank.</summary>
    public StridedView DropLeadingOnes(int rank)
    {
        int drop = 0;
        while (Rank - drop > rank && Shape[drop] == 1) drop++;
        return drop == 0 ? this : new StridedView(Shape[drop..], Strides[drop..], Offset);
    }

    /// <summary>Such as <c>[64, 3, 3, 3]</c>.</summary>
    public override string ToString() => $"[{string.Join(", ", Shape)}]";
}
