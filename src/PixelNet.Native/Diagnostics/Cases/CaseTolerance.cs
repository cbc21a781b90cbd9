namespace PixelNet.Native.Diagnostics.Cases;

/// <summary>Limits of a backend's result against the truth.</summary>
/// <param name="NormWise">|actual - truth| / |truth|, Euclidean norms over one tensor.</param>
/// <param name="Epsilon">Relative rounding of one operation; the element-wise limit is 4 * Epsilon * sqrt(K) * sum|a b|.</param>
/// <param name="Reason">Why these figures.</param>
public sealed record CaseTolerance(double NormWise, double Epsilon, string Reason)
{
    /// <summary>Ops in float.</summary>
    public static CaseTolerance Float32 { get; } = new(5e-6, 1.0 / (1 << 23),
        "float rounds to 2^-24; K roundings in any order add up like a random walk, sqrt(K), of the sum of absolute products");

    /// <summary>Ops whose products are of factors rounded to TF32, sums in float.</summary>
    public static CaseTolerance Tf32 { get; } = new(1e-3, 1.0 / (1 << 10),
        "each factor is rounded to 11 significant bits, so a product is off by at most 2^-10; K of them add up like a random walk");
}
