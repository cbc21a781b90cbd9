using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Layers;

/// <summary>
/// Batch normalisation (Ioffe and Szegedy, 2015) over the N*H*W positions of each channel, with the ReLU behind it:
/// <code>xhat = (x - mean) * s,  s = 1/sqrt(variance + epsilon),  y = relu(gamma*xhat + beta)</code>
/// </summary>
/// <remarks>
/// <para>Training takes mean and (biased) variance of the batch and lets the running ones follow; prediction takes the running ones. Without gamma
/// and beta it is Caffe's affine-free form, as in the authors' nets trained from scratch (pixelnet.md 2).</para>
/// <para>Gradient, m = N*H*W, dz = dy where y > 0. dgamma = sum(dz*xhat), dbeta = sum(dz). With dxhat = gamma*dz: x acts on xhat directly, through
/// the mean (d mean/dx = 1/m) and through the variance (d variance/dx = 2(x - mean)/m). Since sum(xhat) = 0 and sum(xhat^2) = m*variance*s^2,
/// collecting the three terms leaves</para>
/// <code>dx = s * gamma * (dz - mean(dz) - xhat * mean(dz*xhat))</code>
/// <para>(exact for any epsilon: d s/dx = -s^3 (x - mean)/m). With running statistics mean and s are constants: dx = s*gamma*dz. Saved: x, y, the
/// mean and s that were used. pixelnet.md 9. Twins: <c>Backends/*/…BatchNorm.cs</c>.</para>
/// </remarks>
public sealed class BatchNorm : IPlannedOp
{
    /// <summary>Added to the variance (pixelnet.md 2).</summary>
    public const double Epsilon = 1e-5;

    /// <summary>Share of the batch in the new running statistics.</summary>
    public const double Momentum = 0.1;

    /// <inheritdoc/>
    public required string Name { get; init; }

    /// <summary>Rows and channels.</summary>
    public required BatchNormSizes Sizes { get; init; }

    /// <summary>Input [Rows,C]: the convolution's output.</summary>
    public required Tensor X { get; init; }

    /// <summary>Output [Rows,C], after the ReLU.</summary>
    public required Tensor Y { get; init; }

    /// <summary>gamma [C]; null in the affine-free form.</summary>
    public Tensor? Weight { get; init; }

    /// <summary>beta [C].</summary>
    public Tensor? Bias { get; init; }

    /// <summary>Mean that prediction uses [C].</summary>
    public required Tensor RunningMean { get; init; }

    /// <summary>Unbiased variance that prediction uses [C].</summary>
    public required Tensor RunningVariance { get; init; }

    /// <summary>Mean that the forward pass used [C].</summary>
    public required Tensor SavedMean { get; init; }

    /// <summary>1/sqrt(variance + epsilon) that the forward pass used [C].</summary>
    public required Tensor SavedInverseDeviation { get; init; }

    /// <summary>Gradient of the output, which becomes the gradient of the input in place [Rows,C]; null in inference.</summary>
    public Tensor? DY { get; init; }

    /// <summary>Gradient of gamma, accumulated.</summary>
    public Tensor? DWeight { get; init; }

    /// <summary>Gradient of beta, accumulated.</summary>
    public Tensor? DBias { get; init; }

    /// <summary>Which mean and variance are used, and whether the layer learns.</summary>
    public BatchNormStatistics Statistics { get; set; }

    /// <summary>Scratch.</summary>
    public OpMemory Memory { get; set; } = new();

    /// <inheritdoc/>
    public OpMemoryRequest Describe(IBackend backend) => backend.Describe(Sizes);

    /// <summary>Y, the saved and the running statistics from X.</summary>
    public void Forward(IBackend backend) => backend.BatchNormForward(Y, SavedMean, SavedInverseDeviation, X, Weight, Bias,
        RunningMean, RunningVariance, Sizes, Statistics, Epsilon, Momentum, relu: true, Memory);

    /// <summary>DWeight, DBias and the gradient of X (in place of DY) from DY.</summary>
    public void Backward(IBackend backend) => backend.BatchNormBackward(DY!, DWeight, DBias, DY!, X, Y, Weight, SavedMean, SavedInverseDeviation,
        Sizes, Statistics, relu: true, Memory);
}
