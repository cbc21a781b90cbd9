namespace PixelNet.Native.Cuda.Cudnn;

/// <summary>A version of cuDNN, such as 9.1.0.</summary>
internal readonly record struct CudnnVersion(int Major, int Minor, int Patch)
{
    /// <summary>From the number that <c>cudnnGetVersion</c> gives: 90100 is 9.1.0, but 8902 is 8.9.2.</summary>
    public static CudnnVersion Of(long number) => number >= 90000
        ? new((int)(number / 10000), (int)(number / 100 % 100), (int)(number % 100))
        : new((int)(number / 1000), (int)(number / 100 % 10), (int)(number % 100));

    /// <summary>Such as <c>9.1.0</c>.</summary>
    public override string ToString() => $"{Major}.{Minor}.{Patch}";
}
