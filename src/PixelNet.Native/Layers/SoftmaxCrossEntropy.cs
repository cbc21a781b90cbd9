using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Layers;

/// <summary>
/// Softmax and the mean weighted cross-entropy: p = softmax(z), S = sum over valid rows of weight[target], loss = -(1/S) sum over valid rows of
/// weight[target] * log p[target]. A row whose target is not a class (255) is ignored; S = 0 gives loss 0.
/// </summary>
/// <remarks>
/// <para>Gradient. log p[t] = z[t] - log sum_c exp z[c], and the derivative of the logarithm of the sum with respect to z[c] is p[c]; so for a valid
/// row with target t</para>
/// <code>dz[c] = weight[t]/S * (p[c] - [c = t])        and 0 for an ignored row</code>
/// <para>The largest logit is subtracted before exp, which changes nothing but keeps it finite. Saved: p and S (in loss[1]). pixelnet.md 9. Twins:
/// <c>Backends/*/…SoftmaxCrossEntropy.cs</c>.</para>
/// </remarks>
public sealed class SoftmaxCrossEntropy
{
    /// <summary>M, L.</summary>
    public required SoftmaxSizes Sizes { get; init; }

    /// <summary>Logits z [M,L].</summary>
    public required Tensor Logits { get; init; }

    /// <summary>p [M,L]; may be the same tensor as the logits.</summary>
    public required Tensor Probabilities { get; init; }

    /// <summary>(loss, S, rows answered rightly) [3].</summary>
    public required Tensor Loss { get; init; }

    /// <summary>Train ids, int32 [M].</summary>
    public required Tensor Targets { get; init; }

    /// <summary>Weight of each class [L]; null = 1.</summary>
    public Tensor? ClassWeights { get; set; }

    /// <summary>Gradient of the logits [M,L]; null in inference.</summary>
    public Tensor? DLogits { get; init; }

    /// <summary>Probabilities and Loss from Logits.</summary>
    public void Forward(IBackend backend) => Forward(backend, Probabilities);

    /// <summary>The same with the probabilities elsewhere: a tile of a dense prediction.</summary>
    public void Forward(IBackend backend, Tensor probabilities) =>
        backend.SoftmaxCrossEntropyForward(Loss, probabilities, Logits, Targets, ClassWeights, Sizes);

    /// <summary>DLogits from what the forward pass stored.</summary>
    public void Backward(IBackend backend) => backend.SoftmaxCrossEntropyBackward(DLogits!, Loss, Probabilities, Targets, ClassWeights, Sizes);
}
