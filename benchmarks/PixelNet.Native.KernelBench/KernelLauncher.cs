using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Cuda.Kernels;

namespace PixelNet.Native.KernelBench;

/// <summary>Launches kernels that no op of the backend uses: the probes, and rungs that are for comparison only.</summary>
/// <param name="driver">The device.</param>
/// <param name="stream">Where they are queued.</param>
internal sealed class KernelLauncher(ICudaDriver driver, nint stream) : IDisposable
{
    private readonly Dictionary<string, nint> _modules = [];
    private readonly Dictionary<string, nint> _functions = [];

    /// <summary>Queues a kernel.</summary>
    public void Launch<TSizes>(KernelEntry<TSizes> entry, TSizes sizes, params ReadOnlySpan<KernelArgument> arguments)
    {
        Span<byte> block = stackalloc byte[KernelArgument.MostBlockBytes];
        int bytes = KernelArgument.Pack(block, entry, arguments);
        if (!_functions.TryGetValue(entry.Name, out nint function))
        {
            var image = KernelImages.Of(entry.Name);
            if (!_modules.TryGetValue(image.Name, out nint module)) _modules.Add(image.Name, module = driver.LoadModule(image));
            _functions.Add(entry.Name, function = driver.GetFunction(module, entry.Name));
        }
        var shape = entry.Shape(sizes);
        driver.Launch(function, shape.Grid, shape.Block, shape.SharedBytes, stream, block[..bytes]);
    }

    public void Dispose()
    {
        foreach (nint module in _modules.Values) driver.UnloadModule(module);
    }
}
