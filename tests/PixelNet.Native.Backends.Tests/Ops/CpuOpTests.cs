using PixelNet.Native.Backends.Cpu;

namespace PixelNet.Native.Backends.Tests.Ops;

/// <summary>The CPU backend against the reference in double.</summary>
public sealed class CpuOpTests : OpSuite
{
    protected override IBackend Create() => new CpuBackend(2);
}
