using PixelNet.Native.Backends;
using PixelNet.Native.Cuda.Cublas;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.Cuda.Runtime;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Cuda;

// Linear: y [M,Out] = dropout(relu?(x [M,In] w^T + b)); dx = dy w, masked; dw += dy^T x, db += column sums of dy. The products are the own kernels' or, by the
// options, cuBLAS's with own kernels behind them for bias, ReLU, dropout and mask; the bias gradient is always the own kernel's.
// Workspace: the partial sums of the weight and bias gradients, whose rows are split. cuBLAS has one of its own for all products.
public sealed partial class CudaBackend
{
    private readonly CublasHandle? _cublas;
    private readonly CudaDeviceVariable<byte>? _cublasWorkspace;

    /// <inheritdoc/>
    public OpMemoryRequest Describe(in LinearSizes sizes)
    {
        int weightSplits = _cublas is null ? Rung(LinearKernels.BackwardWeight, sizes.Out, sizes.In).Shape(sizes).Grid.Z : 1, biasSplits = Choose(LinearKernels.BackwardBias).Shape(sizes).Grid.Y;
        return new(Math.Max(PartialBytes((long)sizes.Out * sizes.In, weightSplits), PartialBytes(sizes.Out, biasSplits)), 0, ForwardBytes: 0);
    }

    /// <inheritdoc/>
    public void LinearForward(Tensor y, Tensor x, Tensor w, Tensor? b, in LinearSizes sizes, in LinearEpilogue epilogue, Tensor? stepState, OpMemory memory)
    {
        bool drops = epilogue.Dropout > 0;
        if (drops && stepState is null) throw new ArgumentException("dropout needs the step state");
        var last = new LinearKernels.Epilogue(epilogue.Relu ? 1 : 0, drops ? Philox.DropoutThreshold(epilogue.Dropout) : 0, Kept(epilogue.Dropout), epilogue.Stream);
        ulong output = Pointer(y, (long)sizes.M * sizes.Out), input = Pointer(x, (long)sizes.M * sizes.In), weight = Pointer(w, (long)sizes.Out * sizes.In), bias = PointerOrNull(b, sizes.Out);
        var state = drops ? State(stepState!) : 0ul;
        if (_cublas is null)
        {
            Launch(Rung(LinearKernels.Forward, sizes.M, sizes.Out), sizes, output, input, weight, bias, KernelArgument.Value(sizes), KernelArgument.Value(last), state);
            return;
        }
        _cublas.Multiply(output, input, false, weight, true, sizes.M, sizes.Out, sizes.In);
        if (b is not null || epilogue.Relu || drops) Launch(LinearKernels.Epilogues, sizes, output, bias, KernelArgument.Value(sizes), KernelArgument.Value(last), state);
    }

    /// <inheritdoc/>
    public void LinearBackwardInput(Tensor dx, Tensor dy, Tensor w, Tensor? activation, float inputDropout, in LinearSizes sizes, OpMemory memory)
    {
        long count = (long)sizes.M * sizes.In;
        ulong output = Pointer(dx, count), gradient = Pointer(dy, (long)sizes.M * sizes.Out), weight = Pointer(w, (long)sizes.Out * sizes.In), mask = PointerOrNull(activation, count);
        if (_cublas is null)
        {
            Launch(Rung(LinearKernels.BackwardInput, sizes.M, sizes.In), sizes, output, gradient, weight, mask, Kept(inputDropout), KernelArgument.Value(sizes));
            return;
        }
        _cublas.Multiply(output, gradient, false, weight, false, sizes.M, sizes.In, sizes.Out);
        if (mask != 0) Launch(DropoutKernels.Backward, count, output, output, mask, count, Kept(inputDropout));
    }

    /// <inheritdoc/>
    public void LinearBackwardWeight(Tensor dw, Tensor? db, Tensor dy, Tensor x, in LinearSizes sizes, OpMemory memory)
    {
        long count = (long)sizes.Out * sizes.In;
        ulong gradient = Pointer(dy, (long)sizes.M * sizes.Out), input = Pointer(x, (long)sizes.M * sizes.In), output = Pointer(dw, count);
        if (_cublas is not null) _cublas.Multiply(output, gradient, true, input, false, sizes.Out, sizes.In, sizes.M, beta: 1);
        else
        {
            var weight = Rung(LinearKernels.BackwardWeight, sizes.Out, sizes.In);
            LaunchSplit(weight, LinearKernels.BackwardSum, sizes, output, count, weight.Shape(sizes).Grid.Z, sizes.M, memory, gradient, input, KernelArgument.Value(sizes));
        }
        if (db is null) return;
        var bias = Choose(LinearKernels.BackwardBias);
        LaunchSplit(bias, LinearKernels.BackwardSum, sizes, Pointer(db, sizes.Out), sizes.Out, bias.Shape(sizes).Grid.Y, sizes.M, memory, gradient, KernelArgument.Value(sizes));
    }

    // The tile that suits the outputs of a product [rows,columns]; a kernel of the options is taken as it is.
    private KernelEntry<LinearSizes> Rung(KernelPass<LinearSizes> pass, int rows, int columns)
    {
        var entry = Choose(pass);
        return entry == pass.DefaultEntry && LinearKernels.IsWide(rows, columns) && !Options.Kernels.Contains(entry.Name) ? pass.Find(pass.Name + "_v9")! : entry;
    }
}
