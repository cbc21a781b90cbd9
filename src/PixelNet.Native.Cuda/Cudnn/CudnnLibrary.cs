using PixelNet.Native.Cuda.Driver;

namespace PixelNet.Native.Cuda.Cudnn;

/// <summary>The cuDNN of this process: found once, its version known, its parts checked.</summary>
internal sealed class CudnnLibrary
{
    /// <summary>Names the file or folder to take.</summary>
    public const string Variable = "PIXELNET_CUDNN";

    private static readonly Lazy<OpenLibrary> Search = new(new LibrarySearch(Variable, "cuDNN",
        OperatingSystem.IsWindows() ? ["cudnn64_9.dll", "cudnn64_8.dll"] : ["libcudnn.so.9", "libcudnn.so.8"], "cudnn").Open);

    private static readonly Lazy<CudnnLibrary> Checked = new(() => new CudnnLibrary());

    private CudnnLibrary()
    {
        Version = CudnnVersion.Of((long)CudnnNative.cudnnGetVersion());
        long runtime = (long)CudnnNative.cudnnGetCudartVersion();
        CudaMajor = (int)(runtime / 1000);
        CudnnParts.Check(Path, Version);
    }

    /// <summary>The open file.</summary>
    /// <exception cref="LibraryException">There is none, or it does not open.</exception>
    public static OpenLibrary Found => Search.Value;

    /// <summary>Its file.</summary>
    public string Path => Found.Path;

    /// <summary>Where it was found, for people.</summary>
    public string Source => Found.Source;

    /// <summary>Its version.</summary>
    public CudnnVersion Version { get; }

    /// <summary>First number of the CUDA release that it was built for.</summary>
    public int CudaMajor { get; }

    /// <summary>The library and its parts that this process has open; they are opened when they are first needed.</summary>
    public static IReadOnlyList<string> OpenParts => LibrarySearch.OpenFiles(OperatingSystem.IsWindows() ? "cudnn" : "libcudnn");

    /// <summary>The library, found and fit to be used.</summary>
    /// <exception cref="LibraryException">It is not there, or its parts do not fit each other.</exception>
    public static CudnnLibrary Open() => Checked.Value;

    /// <summary>Refuses a library that was built for a later CUDA than the driver supports.</summary>
    /// <param name="version">What the driver supports: 12040 is CUDA 12.4.</param>
    /// <exception cref="LibraryException">It was.</exception>
    public void CheckDriver(int version)
    {
        if (CudaMajor > version / 1000)
            throw new LibraryException($"cuDNN {Version} at {Path} is built for CUDA {CudaMajor} and the display driver supports CUDA {CudaDriver.VersionText(version)}", $"install the cuDNN for CUDA {version / 1000}, or a newer display driver");
    }

    /// <summary>Refuses a part that was opened from another folder than the library: another cuDNN's.</summary>
    /// <exception cref="LibraryException">There is one.</exception>
    public void CheckOpenParts()
    {
        string folder = System.IO.Path.GetDirectoryName(Path)!;
        if (OpenParts.FirstOrDefault(part => System.IO.Path.GetDirectoryName(LibrarySearch.RealPath(part)) != folder) is { } stranger)
            throw new LibraryException($"cuDNN {Version} at {Path} has opened a part of another cuDNN, {stranger}: two installations are mixed", $"take the folder of the other out of {CudnnParts.SearchPath}, or put {folder} in front of it");
    }
}
