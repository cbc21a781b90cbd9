namespace PixelNet.Native.Cuda;

/// <summary>How a <see cref="CudaBackend"/> computes.</summary>
public sealed record CudaBackendOptions
{
    /// <summary>What products are computed in.</summary>
    public Precision Precision { get; init; }

    /// <summary>Entries to use in place of the default ones, such as <c>hypercolumn_forward_v1</c>: each stands for its pass.</summary>
    public IReadOnlyList<string> Kernels { get; init; } = [];

    /// <summary>Whether ops that repeat are captured as a CUDA graph and launched as one; the results are the same.</summary>
    public bool Graph { get; init; } = true;

    /// <summary>Who computes convolutions.</summary>
    public ConvolutionLibrary Convolution { get; init; }

    /// <summary>Who computes the matrix products of dense layers.</summary>
    public GemmLibrary Gemm { get; init; }

    /// <summary>Most bytes of workspace that an algorithm of cuDNN may ask for.</summary>
    public long WorkspaceCap { get; init; } = 256L << 20;

    /// <summary>File that keeps which algorithm of cuDNN was measured to be the fastest, so that the next run computes the same bytes; null = only this process keeps it.</summary>
    public string? AlgorithmFile { get; init; }

    /// <summary>Hears in one sentence each what was chosen and why: who computes convolutions, and where cuDNN was passed over.</summary>
    public Action<string>? Note { get; init; }
}
