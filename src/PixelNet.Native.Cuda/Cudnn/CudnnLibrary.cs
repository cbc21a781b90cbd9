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
        if (CudnnParts.Fault(Path, Version) is { } fault) throw new PixelNetException(fault);
    }

    /// <summary>The open file.</summary>
    /// <exception cref="PixelNetException">There is none, or it does not open.</exception>
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
    /// <exception cref="PixelNetException">It is not there, or its parts do not fit each other.</exception>
    public static CudnnLibrary Open() => Checked.Value;

    /// <summary>Null, or a sentence that names a part which was opened from another folder than the library: another cuDNN's.</summary>
    public string? FaultOfOpenParts()
    {
        string folder = System.IO.Path.GetDirectoryName(Path)!;
        string? stranger = OpenParts.FirstOrDefault(part => System.IO.Path.GetDirectoryName(LibrarySearch.RealPath(part)) != folder);
        return stranger is null ? null
            : $"cuDNN {Version} at {Path} has opened a part of another cuDNN, {stranger}; all must come from one folder: take the other folder out of {CudnnParts.SearchPath}, or put {folder} in front of it";
    }
}
