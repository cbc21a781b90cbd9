using PixelNet.Native.KernelBench.Measurement;

namespace PixelNet.Native.KernelBench.Results;

/// <summary>What one implementation of one row gave.</summary>
public sealed record ResultRow
{
    /// <summary>The work, as rows and the peers' script name it: <c>gather A forward</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Its sizes, for people.</summary>
    public string Shape { get; init; } = "";

    /// <summary><c>fp32</c> or <c>tf32</c>.</summary>
    public required string Precision { get; init; }

    /// <summary>Who did it: a kernel's name, <c>own</c>, <c>cuDNN</c>, <c>cuBLAS</c>, or a peer such as <c>eager grid_sample</c>.</summary>
    public required string Impl { get; init; }

    /// <summary>Whether the backend takes it if nothing else is said.</summary>
    public bool IsDefault { get; init; }

    /// <summary>Whether it is PyTorch's.</summary>
    public bool IsPeer { get; init; }

    /// <summary>How long a call took; null = not timed.</summary>
    public Timing? Timing { get; init; }

    /// <summary>What a call has to do.</summary>
    public Work? Work { get; init; }

    /// <summary>Distance of its results from those of the row's simplest rung, relative to their norm; null = it is that one.</summary>
    public double? RelativeError { get; init; }

    /// <summary>Whether three runs gave the same bytes; null = not looked at.</summary>
    public bool? Deterministic { get; init; }

    /// <summary>Hours of the preset's whole training, from a step's median.</summary>
    public double? ProjectedHours { get; init; }

    /// <summary>Planned device memory, or what PyTorch's allocator had at most.</summary>
    public long? PeakBytes { get; init; }

    /// <summary>What is wrong with its results; null = nothing.</summary>
    public string? Fault { get; init; }

    /// <summary>Why it was not measured, or what a reader should know.</summary>
    public string? Note { get; init; }
}
