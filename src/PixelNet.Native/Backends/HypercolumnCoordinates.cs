namespace PixelNet.Native.Backends;

/// <summary>
/// The one coordinate rule (its only twin is <c>kernels/hypercolumn_coords.cuh</c>): image pixel p on a map of n cells and nominal
/// stride s sits at t = (p + 0.5)/s - 0.5, clamped to [0, n-1]; pixel centres at half-integers, as align_corners=False with border padding.
/// Forward, backward, training and inference all call this.
/// </summary>
public static class HypercolumnCoordinates
{
    /// <summary>
    /// The two cells around pixel <paramref name="p"/> and the weight of the second: value = (1-fraction)*map[first] + fraction*map[second].
    /// first = min(floor(t), max(n-2, 0)), second = min(first+1, n-1). Computed in double, so the weight is exact to float precision at any width.
    /// </summary>
    public static (int First, int Second, double Fraction) Map(int p, int stride, int n)
    {
        double t = Math.Clamp((p + 0.5) / stride - 0.5, 0, n - 1);
        int first = Math.Min((int)t, Math.Max(n - 2, 0));
        return (first, Math.Min(first + 1, n - 1), t - first);
    }
}
