using PixelNet.Native.Tensors;

namespace PixelNet.Native.Diagnostics.Cases;

/// <summary>The declaration of one tensor of an <see cref="OpCase"/>; <see cref="CaseRun"/> gives it memory.</summary>
/// <param name="Name">The argument's name in <c>IBackend</c>, such as <c>x</c> or <c>dw</c>; list members are numbered, <c>w0</c>, <c>w1</c>.</param>
/// <param name="Shape">Extents.</param>
/// <param name="Role">Who writes it.</param>
public sealed record CaseTensor(string Name, Shape Shape, CaseRole Role)
{
    /// <summary>Element type; null = the run's float type (Float32 or Float64).</summary>
    public ElementType? Type { get; init; }

    /// <summary>First values; null for a tensor that the op writes. See <see cref="CaseFill"/>.</summary>
    public CaseFill? Fill { get; init; }

    /// <summary>Name of the tensor that this one is the gradient of; null if none.</summary>
    public string? GradientOf { get; init; }

    /// <summary>Whether the backward pass adds to what is there (gradients of parameters; a tapped map with <c>GradientMode.Accumulate</c>).</summary>
    public bool Accumulates { get; init; }

    /// <summary>
    /// Whether its pattern (the sign of floats, the value of integers) tells which branch each element took: the output of a ReLU, the
    /// positions of a max-pool. Where a finite-difference step changes a pattern anywhere, the function has a kink inside the step and
    /// the difference proves nothing: a gradient check tries a shorter one, and at a tie compares with the one-sided slopes.
    /// </summary>
    public bool Branches { get; init; }

    /// <summary>Whether the backward pass reads it (inputs, parameters and outputs that are saved): part of the traffic of that pass.</summary>
    public bool Saved { get; init; }

    /// <summary>K: number of products (or terms) that are summed into one element; 1 for element-wise results. Part of the element-wise limit.</summary>
    public long Terms { get; init; } = 1;

    /// <summary>Whether a float result is required to be the rounded true value itself: copies, selections and positions.</summary>
    public bool Exact { get; init; }

    /// <summary>
    /// Whether its elements are different quantities, as (loss, sum of weights, right answers): the limit of each is then taken from itself
    /// and not from the size of the others too.
    /// </summary>
    public bool Mixed { get; init; }

    /// <summary>Whether it holds floats of the run's type.</summary>
    public bool IsReal => Type is null;

    /// <summary>Name and shape.</summary>
    public override string ToString() => $"{Name} {Shape}";
}
