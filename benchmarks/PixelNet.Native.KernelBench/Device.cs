using PixelNet.Native.Cuda;
using PixelNet.Native.Cuda.Cublas;
using PixelNet.Native.Cuda.Cudnn;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Cuda.Runtime;
using PixelNet.Native.KernelBench.Results;

namespace PixelNet.Native.KernelBench;

/// <summary>What is measured: a GPU, or, where <c>PIXELNET_DRIVER=emulator</c> says so, the emulated one, which has no clock.</summary>
internal static class Device
{
    /// <summary>The variable that asks for the emulator.</summary>
    public const string Variable = "PIXELNET_DRIVER";

    /// <summary>Whether the emulator was asked for: then all shapes are tiny and nothing is timed.</summary>
    public static bool IsEmulated => Environment.GetEnvironmentVariable(Variable) == "emulator";

    /// <summary>Opens it.</summary>
    /// <exception cref="CudaException">There is no GPU that can be used; the message names the one thing that is missing.</exception>
    public static ICudaDriver Open() => IsEmulated ? new EmulatedCudaDriver() : CudaDriver.Open();

    /// <summary>What results are of.</summary>
    public static DeviceRecord Describe(ICudaDriver driver) => new(
        driver is CudaDriver gpu ? gpu.Device.Name : driver.Name,
        driver is CudaDriver { Device: { } device } ? device.ComputeCapabilityText : driver.Level,
        driver is CudaDriver ? CudaDriver.VersionText(CudaDriver.Version) : "none",
        driver.GetMemory().Total,
        driver is CudaDriver ? driver.GetAttribute(CudaDeviceAttribute.L2CacheSize) : 0,
        driver.GetAttribute(CudaDeviceAttribute.MultiprocessorCount),
        Commit(),
        typeof(Device).Assembly.GetName().Version!.ToString(3),
        driver is CudaDriver ? Version(() => $"{CudnnLibrary.Open().Version}") : null,
        driver is CudaDriver ? Version(() => CublasVersion(driver)) : null);

    private static string? Version(Func<string> ask)
    {
        try
        {
            return ask();
        }
        catch (PixelNetException)
        {
            return null;
        }
    }

    private static string CublasVersion(ICudaDriver driver)
    {
        using var context = new CudaContext(driver, ownsDriver: false);
        using var stream = new CudaStream(context);
        using var cublas = new CublasHandle(stream, Precision.Fp32);
        return cublas.Version;
    }

    /// <summary>The commit that was built, as the bundle carries it.</summary>
    private static string Commit()
    {
        string file = Path.Combine(AppContext.BaseDirectory, "commit.txt");
        return File.Exists(file) ? File.ReadAllText(file).Trim() : "unknown";
    }
}
