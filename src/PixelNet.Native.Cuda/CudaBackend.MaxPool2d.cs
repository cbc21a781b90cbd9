using PixelNet.Native.Backends;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Cuda;

// MaxPool2d: y [N,P,Q,C] = maximum of each 2x2 window of x [N,H,W,C]; the backward reads the stored positions.
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public void MaxPool2dForward(Tensor y, Tensor argmax, Tensor x, in MaxPool2dSizes sizes)
    {
        long inputs = (long)sizes.N * sizes.H * sizes.W * sizes.C, outputs = (long)sizes.N * sizes.P * sizes.Q * sizes.C;
        Launch(MaxPool2dKernels.Forward, sizes, Floats(y, outputs), Bytes(argmax, outputs), Floats(x, inputs), KernelArgument.Value(sizes));
    }

    /// <inheritdoc/>
    public void MaxPool2dBackward(Tensor dx, Tensor dy, Tensor argmax, Tensor? activation, in MaxPool2dSizes sizes)
    {
        long inputs = (long)sizes.N * sizes.H * sizes.W * sizes.C, outputs = (long)sizes.N * sizes.P * sizes.Q * sizes.C;
        Launch(MaxPool2dKernels.Backward, sizes, Floats(dx, inputs), Floats(dy, outputs), Bytes(argmax, outputs),
            Floats(activation, inputs, optional: true), KernelArgument.Value(sizes));
    }
}
