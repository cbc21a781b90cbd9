using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Layers;

/// <summary>
/// Dense layer on the rows of a pixel matrix, with ReLU and inverted dropout in the same pass: y = dropout(relu(x w^T + b)), x [M,In], w [Out,In], y
/// [M,Out].
/// </summary>
/// <remarks>
/// <para>Gradient, with z = x w^T + b and dz the gradient before ReLU and dropout. z[m,o] = b[o] + sum_i x[m,i] w[o,i] gives</para>
/// <code>dw = dz^T x        db = sum over m of dz[m]        dx = dz w</code>
/// <para>Whoever writes a gradient writes it masked for the layer in front: x > 0 exactly where the ReLU let through and dropout kept, so
/// dx = x > 0 ? (dz w)/(1 - p) : 0 is already the dz of the layer in front (p its dropout). Saved: x and y. pixelnet.md 9. Twins:
/// <c>Backends/*/…Linear.cs</c>.</para>
/// </remarks>
public sealed class Linear : IPlannedOp
{
    /// <inheritdoc/>
    public required string Name { get; init; }

    /// <summary>M, In, Out.</summary>
    public required LinearSizes Sizes { get; init; }

    /// <summary>Input [M,In].</summary>
    public required Tensor X { get; init; }

    /// <summary>Output [M,Out].</summary>
    public required Tensor Y { get; init; }

    /// <summary>[Out,In].</summary>
    public required Tensor Weight { get; init; }

    /// <summary>[Out].</summary>
    public required Tensor Bias { get; init; }

    /// <summary>ReLU and dropout behind this layer.</summary>
    public required LinearEpilogue Epilogue { get; init; }

    /// <summary>Gradient of the output before ReLU and dropout [M,Out]; null in inference.</summary>
    public Tensor? DY { get; init; }

    /// <summary>Gradient of the input [M,In]; null where it is not wanted.</summary>
    public Tensor? DX { get; init; }

    /// <summary>X, where it comes from a ReLU in front whose mask DX needs; null for the hypercolumn.</summary>
    public Tensor? Activation { get; init; }

    /// <summary>Dropout of the layer in front.</summary>
    public float InputDropout { get; init; }

    /// <summary>Gradient of the weights, accumulated; null where they are frozen.</summary>
    public Tensor? DWeight { get; init; }

    /// <summary>Gradient of the bias, accumulated.</summary>
    public Tensor? DBias { get; init; }

    /// <summary>Scratch and derived weights.</summary>
    public OpMemory Memory { get; set; } = new();

    /// <inheritdoc/>
    public OpMemoryRequest Describe(IBackend backend) => backend.Describe(Sizes);

    /// <summary>Y from X.</summary>
    public void Forward(IBackend backend, Tensor stepState) => backend.LinearForward(Y, X, Weight, Bias, Sizes, Epilogue, stepState, Memory);

    /// <summary>DWeight, DBias and DX from DY; each only where it is wanted.</summary>
    public void Backward(IBackend backend)
    {
        if (DWeight is not null) backend.LinearBackwardWeight(DWeight, DBias, DY!, X, Sizes, Memory);
        if (DX is not null) backend.LinearBackwardInput(DX, DY!, Weight, Activation, InputDropout, Sizes, Memory);
    }
}
