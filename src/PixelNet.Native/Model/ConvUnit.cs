using PixelNet.Native.Backends;
using PixelNet.Native.Layers;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Model;

/// <summary>One convolution of the trunk with what follows it: convolution [+ batch normalisation] + ReLU [+ dropout].</summary>
/// <param name="Convolution">The convolution; the ReLU is in it where there is no batch normalisation.</param>
/// <param name="Norm">Batch normalisation and ReLU.</param>
/// <param name="Dropout">Behind fc6 and fc7.</param>
public sealed record ConvUnit(Conv2d Convolution, BatchNorm? Norm, Dropout? Dropout)
{
    /// <summary>The unit's output.</summary>
    public Tensor Y => Norm?.Y ?? Convolution.Y;

    /// <summary>The gradient of the output, which becomes the convolution's; null in inference, and where the backward pass does not come.</summary>
    public Tensor? DY => Convolution.DY;

    /// <summary>Whether batch normalisation or dropout masks the gradient; else whoever writes it has to, by the sign of <see cref="Y"/>.</summary>
    public bool MasksItself => Norm is not null || Dropout is not null;

    /// <summary>The ops that want memory.</summary>
    internal IEnumerable<IPlannedOp> Ops => Norm is null ? [Convolution] : [Convolution, Norm];

    /// <summary>Output from input.</summary>
    public void Forward(IBackend backend, Tensor stepState)
    {
        Convolution.Forward(backend);
        Norm?.Forward(backend);
        Dropout?.Forward(backend, stepState);
    }

    /// <summary>The forward's list reversed.</summary>
    public void Backward(IBackend backend)
    {
        Dropout?.Backward(backend);
        Norm?.Backward(backend);
        Convolution.Backward(backend);
    }
}
