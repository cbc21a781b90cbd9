using System.Runtime.InteropServices;
using TorchSharp;
using Xunit;

namespace PixelNet.Native.Oracles.Tests;

/// <summary>Whether libtorch is here; where its package exists for this system it has to load, elsewhere the oracles are skipped with the reason.</summary>
internal static class LibTorch
{
    private static readonly Lazy<string?> Missing = new(Prepare);

    /// <summary>Skips the test where there is no libtorch for this system.</summary>
    public static void Require() => Assert.SkipUnless(Missing.Value is null, Missing.Value ?? "");

    private static string? Prepare()
    {
        string system = OperatingSystem.IsLinux() ? "linux" : OperatingSystem.IsWindows() ? "win" : "osx";
        string identifier = $"{system}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
        string? library = new[] { "", Path.Combine("runtimes", identifier, "native") }
            .SelectMany(folder => new[] { "libLibTorchSharp.so", "LibTorchSharp.dll", "libLibTorchSharp.dylib" }.Select(name => Path.Combine(AppContext.BaseDirectory, folder, name)))
            .FirstOrDefault(File.Exists);
        if (library is null) return $"there is no libtorch for {identifier}";
        // The copy in the output folder is this program's own; see WeakVersionNeed.
        if (OperatingSystem.IsLinux()) WeakVersionNeed.Mark(library, "GLIBCXX_3.4.32");
        torch.InitializeDeviceType(DeviceType.CPU);
        return null;
    }
}
