using PixelNet.Native.Backends;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.Cuda.Runtime;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Cuda;

// SoftmaxCrossEntropy: probabilities = softmax(logits), loss = mean weighted -log p[target]; dLogits = weight/S * (p - onehot).
public sealed partial class CudaBackend
{
    // Counts the blocks of a launch that have left their sum of the loss; 0 between launches.
    private readonly CudaDeviceVariable<uint> _ticket;

    /// <inheritdoc/>
    public void SoftmaxCrossEntropyForward(Tensor loss, Tensor probabilities, Tensor logits, Tensor targets, Tensor? classWeights, in SoftmaxSizes sizes)
    {
        long count = (long)sizes.M * sizes.L;
        var kernel = Choose(SoftmaxCrossEntropyKernels.Forward);
        Launch(kernel, sizes, Floats(loss, 3), Floats(probabilities, count), Floats(logits, count), Ints(targets, sizes.M), Floats(classWeights, sizes.L, optional: true),
            KernelArgument.Value(sizes), Scratch(kernel.Shape(sizes).Grid.Count * SoftmaxCrossEntropyKernels.SumBytes), _ticket.DevicePointer);
    }

    /// <inheritdoc/>
    public void SoftmaxCrossEntropyBackward(Tensor dLogits, Tensor loss, Tensor probabilities, Tensor targets, Tensor? classWeights, in SoftmaxSizes sizes)
    {
        long count = (long)sizes.M * sizes.L;
        Launch(SoftmaxCrossEntropyKernels.Backward, sizes, Floats(dLogits, count), Floats(loss, 3), Floats(probabilities, count), Ints(targets, sizes.M),
            Floats(classWeights, sizes.L, optional: true), KernelArgument.Value(sizes));
    }
}
