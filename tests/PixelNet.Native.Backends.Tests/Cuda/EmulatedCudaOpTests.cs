using PixelNet.Native.Backends.Tests.Ops;
using PixelNet.Native.Cuda;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Ptx;
using PixelNet.Native.Ptx.Tracing;
using Xunit;

namespace PixelNet.Native.Backends.Tests.Cuda;

/// <summary>The GPU backend over the emulator, every observer on: the shipped PTX, launch shapes and arguments, with 0 findings.</summary>
public sealed class EmulatedCudaOpTests : OpSuite
{
    protected override IBackend Create() => new CudaBackend(new EmulatedCudaDriver(new() { Observers = Observers.All, Launched = MustBeClean }));

    private static void MustBeClean(LaunchReport report) => Assert.True(report.IsClean, string.Join('\n', report.Findings));
}
