using PixelNet.Native.Backends;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Cuda;

// Linear: y [M,Out] = dropout(relu?(x [M,In] w^T + b)); dx = dy w, masked; dw += dy^T x, db += column sums of dy.
// Workspace: the partial sums of the weight and bias gradients, whose rows are split.
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public OpMemoryRequest Describe(in LinearSizes sizes)
    {
        int weightSplits = Choose(LinearKernels.BackwardWeight).Shape(sizes).Grid.Z, biasSplits = Choose(LinearKernels.BackwardBias).Shape(sizes).Grid.Y;
        return new(Math.Max(PartialBytes((long)sizes.Out * sizes.In, weightSplits), PartialBytes(sizes.Out, biasSplits)), 0);
    }

    /// <inheritdoc/>
    public void LinearForward(Tensor y, Tensor x, Tensor w, Tensor? b, in LinearSizes sizes, in LinearEpilogue epilogue, Tensor? stepState, OpMemory memory)
    {
        bool drops = epilogue.Dropout > 0;
        if (drops && stepState is null) throw new ArgumentException("dropout needs the step state");
        var last = new LinearKernels.Epilogue(epilogue.Relu ? 1 : 0, drops ? Philox.DropoutThreshold(epilogue.Dropout) : 0, Kept(epilogue.Dropout), epilogue.Stream);
        Launch(LinearKernels.Forward, sizes, Floats(y, (long)sizes.M * sizes.Out), Floats(x, (long)sizes.M * sizes.In), Floats(w, (long)sizes.Out * sizes.In),
            Floats(b, sizes.Out, optional: true), KernelArgument.Value(sizes), KernelArgument.Value(last), drops ? State(stepState!) : 0ul);
    }

    /// <inheritdoc/>
    public void LinearBackwardInput(Tensor dx, Tensor dy, Tensor w, Tensor? activation, float inputDropout, in LinearSizes sizes, OpMemory memory)
    {
        long count = (long)sizes.M * sizes.In;
        Launch(LinearKernels.BackwardInput, sizes, Floats(dx, count), Floats(dy, (long)sizes.M * sizes.Out), Floats(w, (long)sizes.Out * sizes.In),
            Floats(activation, count, optional: true), Kept(inputDropout), KernelArgument.Value(sizes));
    }

    /// <inheritdoc/>
    public void LinearBackwardWeight(Tensor dw, Tensor? db, Tensor dy, Tensor x, in LinearSizes sizes, OpMemory memory)
    {
        var gradient = Floats(dy, (long)sizes.M * sizes.Out);
        var weight = Choose(LinearKernels.BackwardWeight);
        LaunchSplit(weight, LinearKernels.BackwardSum, sizes, Pointer(dw, (long)sizes.Out * sizes.In), (long)sizes.Out * sizes.In, weight.Shape(sizes).Grid.Z, sizes.M, memory,
            gradient, Floats(x, (long)sizes.M * sizes.In), KernelArgument.Value(sizes));
        if (db is null) return;
        var bias = Choose(LinearKernels.BackwardBias);
        LaunchSplit(bias, LinearKernels.BackwardSum, sizes, Pointer(db, sizes.Out), sizes.Out, bias.Shape(sizes).Grid.Y, sizes.M, memory, gradient, KernelArgument.Value(sizes));
    }
}
