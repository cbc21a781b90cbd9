using PixelNet.Native.Backends;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Cuda;

// BatchNorm: y = relu?(gamma*(x - mean)*inverseDeviation + beta) per channel of x [Rows,C]. Each direction: sums of chunks of rows, then
// one launch that adds the chunks and works out two numbers a channel, then the elements.
// Workspace: two floats a channel, then two floats a channel and chunk.
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public OpMemoryRequest Describe(in BatchNormSizes sizes) => new((1L + BatchNormKernels.Chunks(sizes)) * 2 * sizes.C * sizeof(float), 0);

    /// <inheritdoc/>
    public void BatchNormForward(Tensor y, Tensor savedMean, Tensor savedInverseDeviation, Tensor x, Tensor? gamma, Tensor? beta,
        Tensor runningMean, Tensor runningVariance, in BatchNormSizes sizes, BatchNormStatistics statistics,
        double epsilon, double momentum, bool relu, OpMemory memory)
    {
        long count = (long)sizes.Rows * sizes.C;
        int chunks = statistics == BatchNormStatistics.Batch ? BatchNormKernels.Chunks(sizes) : 0;
        var (affine, partials) = BatchNormWorkspace(memory, sizes);
        if (chunks > 0) Launch(BatchNormKernels.ForwardStatistics, sizes, partials, Floats(x, count), KernelArgument.Value(sizes));
        Launch(BatchNormKernels.ForwardFinish, sizes, Floats(savedMean, sizes.C), Floats(savedInverseDeviation, sizes.C), Floats(runningMean, sizes.C),
            Floats(runningVariance, sizes.C), affine, partials, Floats(x, count), Floats(gamma, sizes.C, optional: true), Floats(beta, sizes.C, optional: true),
            KernelArgument.Value(sizes), chunks, (float)epsilon, (float)momentum);
        Launch(BatchNormKernels.Forward, sizes, Floats(y, count), Floats(x, count), Floats(savedMean, sizes.C), affine, KernelArgument.Value(sizes), relu ? 1 : 0);
    }

    /// <inheritdoc/>
    public void BatchNormBackward(Tensor dx, Tensor? dgamma, Tensor? dbeta, Tensor dy, Tensor x, Tensor y, Tensor? gamma,
        Tensor savedMean, Tensor savedInverseDeviation, in BatchNormSizes sizes, BatchNormStatistics statistics, bool relu, OpMemory memory)
    {
        long count = (long)sizes.Rows * sizes.C;
        var mask = Floats(relu ? y : null, count, optional: true);
        var (means, partials) = BatchNormWorkspace(memory, sizes);
        if (statistics != BatchNormStatistics.Batch) means = 0;
        if (statistics != BatchNormStatistics.Frozen)
        {
            Launch(BatchNormKernels.BackwardSums, sizes, partials, Floats(dy, count), Floats(x, count), mask, Floats(savedMean, sizes.C),
                Floats(savedInverseDeviation, sizes.C), KernelArgument.Value(sizes));
            Launch(BatchNormKernels.BackwardFinish, sizes, Floats(dgamma, sizes.C, optional: true), Floats(dbeta, sizes.C, optional: true), means, partials,
                Floats(savedInverseDeviation, sizes.C), KernelArgument.Value(sizes), BatchNormKernels.Chunks(sizes));
        }
        Launch(BatchNormKernels.Backward, sizes, Floats(dx, count), Floats(dy, count), Floats(x, count), mask, Floats(gamma, sizes.C, optional: true),
            Floats(savedMean, sizes.C), Floats(savedInverseDeviation, sizes.C), means, KernelArgument.Value(sizes));
    }

    /// <summary>Two floats a channel, and the partial sums behind them.</summary>
    private (ulong Channels, ulong Partials) BatchNormWorkspace(OpMemory memory, in BatchNormSizes sizes)
    {
        ulong start = Workspace(memory, Describe(sizes).WorkspaceBytes);
        return (start, start + 2 * (ulong)sizes.C * sizeof(float));
    }
}
