namespace PixelNet.Native.Cuda.Driver;

/// <summary>The driver's own library, <c>libcuda.so.1</c> or <c>nvcuda.dll</c>, which comes with NVIDIA's display driver and never with a toolkit.</summary>
public static class CudaLibrary
{
    /// <summary>Names the library to load in the place of the system's: for tests, and for machines that keep it elsewhere.</summary>
    public const string Variable = "PIXELNET_LIBCUDA";

    private static readonly Lazy<(nint Handle, string? Name)> Loaded = new(() => NativeLibraries.LoadFirst(Candidates()));

    /// <summary>What was loaded, as it was asked for, or null if there is none.</summary>
    public static string? Name => Loaded.Value.Name;

    /// <summary>The loaded library.</summary>
    /// <exception cref="CudaException">There is none.</exception>
    internal static nint Handle => Loaded.Value.Handle != 0 ? Loaded.Value.Handle
        : throw new CudaException($"the CUDA driver ({Candidates()[0]}) cannot be loaded", $"install NVIDIA's display driver, {CudaDriver.RequiredRelease} or newer");

    private static string[] Candidates() => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? [named]
        : OperatingSystem.IsWindows() ? ["nvcuda.dll"] : ["libcuda.so.1", "/usr/lib/wsl/lib/libcuda.so.1"];
}
