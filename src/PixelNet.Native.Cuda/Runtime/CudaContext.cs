using PixelNet.Native.Cuda.Driver;

namespace PixelNet.Native.Cuda.Runtime;

/// <summary>
/// A device in use: modules, kernels, memory and streams come from here. The names are ManagedCuda's, the calls those of
/// <see cref="ICudaDriver"/>.
/// </summary>
/// <param name="driver">The device.</param>
/// <param name="ownsDriver">Whether the device is disposed of with the context.</param>
public sealed class CudaContext(ICudaDriver driver, bool ownsDriver = true) : IDisposable
{
    private readonly Dictionary<KernelImage, nint> _modules = [];

    /// <summary>The device.</summary>
    public ICudaDriver Driver { get; } = driver;

    /// <summary>A kernel of a module; the module is loaded when the first of its kernels is asked for.</summary>
    /// <exception cref="CudaException">The PTX is not accepted, or has no such kernel.</exception>
    public CudaKernel LoadKernelPTX(KernelImage image, string kernelName)
    {
        if (!_modules.TryGetValue(image, out nint module)) _modules.Add(image, module = Driver.LoadModule(image));
        return new CudaKernel(Driver, Driver.GetFunction(module, kernelName), kernelName);
    }

    /// <summary>Waits for the device.</summary>
    public void Synchronize() => Driver.Synchronize();

    /// <summary>Unloads the modules and leaves the device.</summary>
    public void Dispose()
    {
        foreach (nint module in _modules.Values) Driver.UnloadModule(module);
        _modules.Clear();
        if (ownsDriver) Driver.Dispose();
    }
}
