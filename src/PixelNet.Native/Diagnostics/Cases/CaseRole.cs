namespace PixelNet.Native.Diagnostics.Cases;

/// <summary>What a tensor of an <see cref="OpCase"/> is to the op; it says who writes it, and what is done with it before a run.</summary>
public enum CaseRole
{
    /// <summary>Read by the forward pass: activations, and everything that is data (bytes, positions, targets, the step state). Filled from the seed.</summary>
    Input,

    /// <summary>Learned, read by the forward pass. Filled from the seed.</summary>
    Parameter,

    /// <summary>Read and written by one pass: running statistics, moments, the parameters under an optimiser. Filled from the seed.</summary>
    State,

    /// <summary>Written by the forward pass, every element of it. Poisoned.</summary>
    Output,

    /// <summary>
    /// The gradient of the scalar objective with respect to an output; read by the backward pass. Filled from the seed. The tensor
    /// <see cref="CaseTensor.GradientOf"/> names the output.
    /// </summary>
    OutputGradient,

    /// <summary>
    /// The output gradient as the layer behind hands it over: masked by the ReLU and dropout that are part of this op. Poisoned;
    /// written on the host by <see cref="OpCase.Prepare"/>, read by the backward pass.
    /// </summary>
    Prepared,

    /// <summary>
    /// Written by the backward pass, every element of it. Poisoned, or, where it <see cref="CaseTensor.Accumulates"/>, filled from the seed.
    /// Where <see cref="CaseTensor.GradientOf"/> is null it is an intermediate: compared between backends, but no derivative of an input.
    /// </summary>
    Gradient,
}
