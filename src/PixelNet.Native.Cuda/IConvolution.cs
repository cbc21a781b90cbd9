using PixelNet.Native.Backends;

namespace PixelNet.Native.Cuda;

/// <summary>
/// Who computes convolutions: <see cref="CudaBackend.OwnConvolution"/> or <see cref="Cudnn.CudnnConvolution"/>. Arguments are device addresses, checked,
/// 0 = none; the rules are those of <see cref="IBackend"/>. The bias gradient is always the own kernel's.
/// </summary>
internal interface IConvolution : IDisposable
{
    /// <summary>Bytes of workspace that the three passes need.</summary>
    long WorkspaceBytes(in Conv2dSizes sizes);

    /// <summary>Bytes of workspace that the forward pass alone needs.</summary>
    long ForwardWorkspaceBytes(in Conv2dSizes sizes);

    /// <summary>y = relu?(x * w + b).</summary>
    void Forward(ulong y, ulong x, ulong w, ulong b, in Conv2dSizes sizes, bool relu, OpMemory memory);

    /// <summary>dx = dy correlated with the flipped w, where activation > 0.</summary>
    void BackwardInput(ulong dx, ulong dy, ulong w, ulong activation, in Conv2dSizes sizes, OpMemory memory);

    /// <summary>dw += correlation of x with dy.</summary>
    void BackwardWeight(ulong dw, ulong dy, ulong x, in Conv2dSizes sizes, OpMemory memory);
}
