using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Layers;

/// <summary>
/// The whole head in one call, for widths that leave a chunk of rows in the cache through all its layers: h_0 = x, h_i = dropout(relu(h_(i-1) w_i^T
/// + b_i)), p = softmax(h_n w^T + b), and the loss.
/// </summary>
/// <remarks>
/// <para>Gradient: the chain of <see cref="SoftmaxCrossEntropy"/> and <see cref="Linear"/>, from the loss to x:</para>
/// <code>dz_n = weight/S (p - onehot)        dw_i += dz_i^T h_(i-1)        db_i += sum over rows of dz_i
/// dz_(i-1) = h_(i-1) > 0 ? (dz_i w_i)/(1-p) : 0        dx = dz_0 w_0</code>
/// <para>Equal to those layers called one by one, dropout masks included (layer i draws from stream i). Saved: each h_i and p. Bansal et al.,
/// PixelNet, section 3.1; pixelnet.md 3 and 9. Twins: <c>Backends/*/…PixelMlp.cs</c>.</para>
/// </remarks>
public sealed class PixelMlp : IPlannedOp
{
    /// <inheritdoc/>
    public required string Name { get; init; }

    /// <summary>M, D, hidden widths, L.</summary>
    public required PixelMlpSizes Sizes { get; init; }

    /// <summary>Hypercolumns [M,D].</summary>
    public required Tensor X { get; init; }

    /// <summary>Weights [Out,In] of each layer.</summary>
    public required IReadOnlyList<Tensor> Weights { get; init; }

    /// <summary>Biases [Out] of each layer.</summary>
    public required IReadOnlyList<Tensor> Biases { get; init; }

    /// <summary>Outputs of the hidden layers.</summary>
    public required IReadOnlyList<Tensor> Hidden { get; init; }

    /// <summary>p [M,L].</summary>
    public required Tensor Probabilities { get; init; }

    /// <summary>(loss, S, rows answered rightly) [3].</summary>
    public required Tensor Loss { get; init; }

    /// <summary>Train ids, int32 [M].</summary>
    public required Tensor Targets { get; init; }

    /// <summary>Weight of each class [L]; null = 1.</summary>
    public Tensor? ClassWeights { get; set; }

    /// <summary>Dropout behind each hidden layer.</summary>
    public required float Dropout { get; init; }

    /// <summary>Gradient of X [M,D]; null where nothing below learns.</summary>
    public Tensor? DX { get; init; }

    /// <summary>Gradients of the weights, accumulated.</summary>
    public IReadOnlyList<Tensor> DWeights { get; init; } = [];

    /// <summary>Gradients of the biases, accumulated.</summary>
    public IReadOnlyList<Tensor> DBiases { get; init; } = [];

    /// <summary>Gradients of the hidden layers before their ReLU.</summary>
    public IReadOnlyList<Tensor> DHidden { get; init; } = [];

    /// <summary>Gradient of the logits [M,L].</summary>
    public Tensor? DLogits { get; init; }

    /// <summary>Scratch.</summary>
    public OpMemory Memory { get; set; } = new();

    /// <inheritdoc/>
    public OpMemoryRequest Describe(IBackend backend) => backend.Describe(Sizes);

    /// <summary>Hidden, Probabilities and Loss from X.</summary>
    public void Forward(IBackend backend, Tensor stepState) => Forward(backend, Probabilities, stepState);

    /// <summary>The same, with the probabilities elsewhere (a tile of a dense prediction).</summary>
    public void Forward(IBackend backend, Tensor probabilities, Tensor stepState) =>
        backend.PixelMlpForward(Loss, probabilities, Hidden, X, Weights, Biases, Targets, ClassWeights, Sizes, Dropout, stepState, Memory);

    /// <summary>All gradients from what the forward pass stored.</summary>
    public void Backward(IBackend backend) => backend.PixelMlpBackward(DX, DWeights, DBiases, DHidden, DLogits!,
        Loss, Probabilities, Hidden, X, Weights, Targets, ClassWeights, Sizes, Dropout, Memory);
}
