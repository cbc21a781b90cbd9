namespace PixelNet.Native.Backends;

/// <summary>Convolution, stride 1: x [N,H,W,C], w [K,R,S,C], y [N,P,Q,K] with P = H + 2*PadH - R + 1, Q alike.</summary>
public readonly record struct Conv2dSizes(int N, int H, int W, int C, int K, int R, int S, int PadH, int PadW)
{
    /// <summary>Output height.</summary>
    public int P => H + 2 * PadH - R + 1;

    /// <summary>Output width.</summary>
    public int Q => W + 2 * PadW - S + 1;

    /// <summary>Multiply-adds counted as two: 2*N*P*Q*K*R*S*C, of one pass.</summary>
    public long Flops => 2L * N * P * Q * K * R * S * C;
}

/// <summary>2x2 max-pooling of stride 2: x [N,H,W,C], y [N,H/2,W/2,C]; an odd last row or column is dropped (floor).</summary>
public readonly record struct MaxPool2dSizes(int N, int H, int W, int C)
{
    /// <summary>Output height, H/2 rounded down.</summary>
    public int P => H / 2;

    /// <summary>Output width, W/2 rounded down.</summary>
    public int Q => W / 2;
}

/// <summary>Batch normalisation over <paramref name="Rows"/> = N*H*W positions of <paramref name="C"/> channels.</summary>
public readonly record struct BatchNormSizes(int Rows, int C);

/// <summary>One level of the hypercolumn: map [N,H,W,C] of nominal stride, written to columns Column .. Column+C-1.</summary>
public readonly record struct HypercolumnLevel(int N, int H, int W, int C, int Stride, int Column);

/// <summary>Dense layer: x [M,In], w [Out,In], y [M,Out].</summary>
public readonly record struct LinearSizes(int M, int In, int Out)
{
    /// <summary>Multiply-adds counted as two, of one pass.</summary>
    public long Flops => 2L * M * In * Out;
}

/// <summary>The fused head: x [M,D], hidden widths, L classes.</summary>
public sealed record PixelMlpSizes(int M, int D, IReadOnlyList<int> Hidden, int L)
{
    /// <summary>Sizes of dense layer <paramref name="i"/>, 0 .. Hidden.Count (the last one gives the logits).</summary>
    public LinearSizes Layer(int i) => new(M, i == 0 ? D : Hidden[i - 1], i == Hidden.Count ? L : Hidden[i]);
}

/// <summary>Rows of logits: [M,L].</summary>
public readonly record struct SoftmaxSizes(int M, int L);

/// <summary>Image batch: [N,H,W,3].</summary>
public readonly record struct NormalizeSizes(int N, int H, int W);

/// <summary>Scores [H,W,L] enlarged (or reduced) to labels [OutH,OutW].</summary>
public readonly record struct UpsampleSizes(int H, int W, int L, int OutH, int OutW);

/// <summary>What follows a dense layer in the same pass: bias, ReLU, inverted dropout.</summary>
/// <param name="Relu">Whether negative values become 0.</param>
/// <param name="Dropout">Probability p of a zero; kept values are scaled by 1/(1-p). 0 = none.</param>
/// <param name="Stream">Philox stream of this layer's masks: the layer's number, unique in the model.</param>
public readonly record struct LinearEpilogue(bool Relu, float Dropout = 0, int Stream = 0);

/// <summary>Bytes that an op asks the plan for.</summary>
/// <param name="WorkspaceBytes">Scratch during the call; one buffer of the largest size serves all ops.</param>
/// <param name="DerivedBytes">Kept from call to call until <see cref="IBackend.ParametersChanged"/>: transformed weights, per layer.</param>
/// <param name="ForwardBytes">Scratch of the forward pass alone; null = the same.</param>
/// <param name="PackedBytes">Instead of <see cref="DerivedBytes"/> of 0, where the weights stay for many forward passes: then they are packed once, else with every call.</param>
public readonly record struct OpMemoryRequest(long WorkspaceBytes, long DerivedBytes, long? ForwardBytes = null, long PackedBytes = 0)
{
    /// <summary>Scratch of a forward pass that keeps no derived weights and makes them at every call; 0 = there are none to keep.</summary>
    public long BareBytes { get; init; }

    /// <summary>What inference needs.</summary>
    public OpMemoryRequest ForwardOnly => this with { WorkspaceBytes = ForwardBytes ?? WorkspaceBytes };
}

/// <summary>How a gradient that two paths reach is written.</summary>
public enum GradientMode
{
    /// <summary>The gradient becomes this path's contribution; what was there is lost.</summary>
    Overwrite,

    /// <summary>This path's contribution is added to what is there.</summary>
    Accumulate,
}

/// <summary>Which statistics a batch normalisation uses.</summary>
public enum BatchNormStatistics
{
    /// <summary>Of the batch; the running statistics are updated. The gradient flows through mean and variance.</summary>
    Batch,

    /// <summary>The running ones, as constants; scale and shift still learn.</summary>
    Running,

    /// <summary>The running ones, and nothing learns: the op is a fixed affine map.</summary>
    Frozen,
}
