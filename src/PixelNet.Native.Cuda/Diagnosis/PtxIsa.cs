namespace PixelNet.Native.Cuda.Diagnosis;

/// <summary>Versions of the PTX instruction set: which one the kernels are written in, and which a driver takes (release history of NVIDIA's PTX ISA).</summary>
internal static class PtxIsa
{
    /// <summary>That of the committed modules.</summary>
    public const string Needed = "7.8";

    /// <summary>The newest that a driver takes.</summary>
    /// <param name="cuda">CUDA version that it supports, 1000 * major + 10 * minor.</param>
    public static string Newest(int cuda) => cuda switch
    {
        < 11000 => "6.5 or older",
        < 12000 => $"7.{cuda % 1000 / 10}",
        < 12060 => $"8.{cuda % 1000 / 10}",
        < 12070 => "8.5",
        < 13000 => $"8.{cuda % 1000 / 10 - 1}",
        _ => "9.0 or newer",
    };
}
