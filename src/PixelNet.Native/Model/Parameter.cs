using PixelNet.Native.Tensors;

namespace PixelNet.Native.Model;

/// <summary>One learned tensor: a view of the flat arena of <see cref="ModelParameters"/>.</summary>
/// <param name="Name">Such as <c>conv3_2.weight</c>.</param>
/// <param name="Value">The numbers: filters [K,R,S,C], dense weights [Out,In], biases and scales [K].</param>
/// <param name="Gradient">Their gradients, at the same place of the gradient arena; null in inference.</param>
/// <param name="Offset">First element in the arena.</param>
/// <param name="Role">What it is.</param>
/// <param name="InHead">Whether it belongs to the head; else to the trunk.</param>
/// <param name="Frozen">Whether a freeze pattern matches: it keeps its value, and no gradient is computed for it alone.</param>
public sealed record Parameter(string Name, Tensor Value, Tensor? Gradient, long Offset, ParameterRole Role, bool InHead, bool Frozen)
{
    /// <summary>Numbers that flow into one output: the product of all extents but the first.</summary>
    public long FanIn => Value.Count / Value.Shape[0];
}

/// <summary>What a parameter is: it decides its start, its decay and its learning rate.</summary>
public enum ParameterRole
{
    /// <summary>Filters and dense weights.</summary>
    Weight,

    /// <summary>Biases; start at 0.</summary>
    Bias,

    /// <summary>gamma of a batch normalisation; starts at 1.</summary>
    NormScale,

    /// <summary>beta of a batch normalisation; starts at 0.</summary>
    NormShift,
}
