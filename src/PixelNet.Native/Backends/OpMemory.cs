using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends;

/// <summary>The memory that the plan gave an op after <c>Describe</c>; one instance per layer.</summary>
public sealed class OpMemory
{
    /// <summary>Scratch, shared with other ops; its content is undefined at the start of a call. Null if none was asked for.</summary>
    public Tensor? Workspace { get; init; }

    /// <summary>
    /// This layer's derived weights; valid while <see cref="DerivedVersion"/> equals the backend's parameter version. A forward pass in the host's memory
    /// may go without: it then makes them at every call, in a workspace of <see cref="OpMemoryRequest.BareBytes"/>.
    /// </summary>
    public Tensor? Derived { get; init; }

    /// <summary>The sizes of the whole convolution, where only some rows of it are computed at a time (<see cref="IBackend.Describe(in Conv2dSizes, in Conv2dSizes)"/>); else null.</summary>
    public Conv2dSizes? Whole { get; init; }

    /// <summary>The parameter version that <see cref="Derived"/> was computed from; -1 = never.</summary>
    public long DerivedVersion { get; set; } = -1;
}
