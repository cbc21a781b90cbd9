namespace PixelNet.Native.Cuda;

/// <summary>How a <see cref="CudaBackend"/> computes.</summary>
public sealed record CudaBackendOptions
{
    /// <summary>What products are computed in.</summary>
    public Precision Precision { get; init; }

    /// <summary>Entries to use in place of the default ones, such as <c>hypercolumn_forward_v1</c>: each stands for its pass.</summary>
    public IReadOnlyList<string> Kernels { get; init; } = [];
}
