using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Layers;

/// <summary>
/// Adam (Kingma and Ba, 2015) with decoupled weight decay (Loshchilov and Hutter, 2019), t the step from 1:
/// <code>m = beta1*m + (1-beta1)*g        v = beta2*v + (1-beta2)*g^2
/// w = w - lr*decay*w - lr * (m/(1-beta1^t)) / (sqrt(v/(1-beta2^t)) + epsilon)</code>
/// </summary>
/// <remarks>
/// The two corrections come with the step state, computed in double. Epsilon is added to the corrected root (TensorFlow 1 adds it to the uncorrected
/// one; they differ only where sqrt(v) is near epsilon). pixelnet.md 9. Twins: <c>Backends/*/…Adam.cs</c>.
/// </remarks>
public sealed class Adam : IOptimizer
{
    /// <summary>Parameters [P].</summary>
    public required Tensor W { get; init; }

    /// <summary>Their gradients [P].</summary>
    public required Tensor G { get; init; }

    /// <summary>First moment [P].</summary>
    public required Tensor M { get; init; }

    /// <summary>Second moment [P].</summary>
    public required Tensor V { get; init; }

    /// <summary>The runs of parameters that learn, with their multipliers.</summary>
    public required IReadOnlyList<ParameterSegment> Segments { get; init; }

    /// <summary>Betas, epsilon, weight decay.</summary>
    public required AdamOptions Options { get; init; }

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Tensor Value)> Moments => [("m", M), ("v", V)];

    /// <inheritdoc/>
    public void Update(IBackend backend, Tensor stepState) => backend.AdamUpdate(W, M, V, G, Segments, Options, stepState);
}
