using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Layers;

/// <summary>
/// Stochastic gradient descent with momentum in Caffe's form, the learning rate inside the velocity: V = mu*V + lr*(g + decay*w), w = w - V.
/// When the rate drops, the velocity gathered at the old rate still runs out, which PyTorch's form does not have.
/// </summary>
/// <remarks>Per segment: lr times its multiplier, decay times its multiplier. pixelnet.md 4 and 9. Twins:
/// <c>Backends/*/…SgdMomentum.cs</c>.</remarks>
public sealed class SgdMomentum : IOptimizer
{
    /// <summary>Parameters [P].</summary>
    public required Tensor W { get; init; }

    /// <summary>Their gradients [P].</summary>
    public required Tensor G { get; init; }

    /// <summary>Velocity [P].</summary>
    public required Tensor Velocity { get; init; }

    /// <summary>The runs of parameters that learn, with their multipliers.</summary>
    public required IReadOnlyList<ParameterSegment> Segments { get; init; }

    /// <summary>Momentum and weight decay.</summary>
    public required SgdMomentumOptions Options { get; init; }

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Tensor Value)> Moments => [("velocity", Velocity)];

    /// <inheritdoc/>
    public void Update(IBackend backend, Tensor stepState) => backend.SgdMomentumUpdate(W, Velocity, G, Segments, Options, stepState);
}
