using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Cuda.Kernels;

namespace PixelNet.Native.Cuda.Runtime;

/// <summary>A loaded kernel, ready to run.</summary>
public sealed class CudaKernel
{
    private readonly ICudaDriver _driver;
    private readonly nint _function;

    internal CudaKernel(ICudaDriver driver, nint function, string kernelName) => (_driver, _function, KernelName) = (driver, function, kernelName);

    /// <summary>Name of the <c>.entry</c>.</summary>
    public string KernelName { get; }

    /// <summary>Starts the kernel.</summary>
    /// <param name="shape">Grid, block, dynamic shared memory.</param>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="parameters">The packed parameter block.</param>
    public void RunAsync(in LaunchShape shape, CudaStream stream, ReadOnlySpan<byte> parameters) =>
        _driver.Launch(_function, shape.Grid, shape.Block, shape.SharedBytes, stream.Handle, parameters);
}
