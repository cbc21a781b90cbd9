using PixelNet.Native.Backends.Reference;

namespace PixelNet.Native.Backends.Tests.Ops;

/// <summary>The reference in float, against itself in double.</summary>
public sealed class ReferenceOpTests : OpSuite
{
    protected override IBackend Create() => new ReferenceBackend();
}
