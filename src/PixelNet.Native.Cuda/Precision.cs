namespace PixelNet.Native.Cuda;

/// <summary>What products are computed in; storage is fp32 in any case.</summary>
public enum Precision
{
    /// <summary>Single precision.</summary>
    Fp32,

    /// <summary>Factors rounded to TF32 (10 bits of mantissa), sums in single precision, on tensor cores.</summary>
    Tf32,
}
