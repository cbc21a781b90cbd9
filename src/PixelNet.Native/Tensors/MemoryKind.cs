namespace PixelNet.Native.Tensors;

/// <summary>Why memory is held; each kind is one arena of a <see cref="MemoryPlan"/>.</summary>
public enum MemoryKind
{
    /// <summary>Weights, biases, batch-norm scales and running statistics.</summary>
    Parameters,

    /// <summary>Gradients of the parameters, laid out exactly as the parameters are.</summary>
    ParameterGradients,

    /// <summary>Momentum, Adam's moments.</summary>
    OptimizerState,

    /// <summary>What the forward pass stores, and what flows through the backward pass.</summary>
    Activations,

    /// <summary>Images, sample coordinates, targets, cell lists, step state.</summary>
    Inputs,

    /// <summary>Scratch memory and derived weights that a backend asked for.</summary>
    Workspace,
}
