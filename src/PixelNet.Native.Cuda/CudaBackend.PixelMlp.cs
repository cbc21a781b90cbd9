using PixelNet.Native.Backends;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Cuda;

// PixelMlp: the head in one call. Up to 128 wide one launch goes from x to the loss, one back from dLogits to dX, and one more gives the gradients
// of all parameters, with a fourth to add its splits; wider heads, and all in TF32, are Linear and SoftmaxCrossEntropy, one after the other.
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public OpMemoryRequest Describe(PixelMlpSizes sizes)
    {
        long bytes = IsFused(sizes) ? Math.Max(LossSumBytes(sizes), PixelMlpKernels.PartialBytes(sizes))
            : Enumerable.Range(0, sizes.Hidden.Count + 1).Max(i => Describe(sizes.Layer(i)).WorkspaceBytes);
        return new(bytes, 0);
    }

    /// <inheritdoc/>
    public void PixelMlpForward(Tensor loss, Tensor probabilities, IReadOnlyList<Tensor> hidden, Tensor x, IReadOnlyList<Tensor> w, IReadOnlyList<Tensor> b,
        Tensor targets, Tensor? classWeights, PixelMlpSizes sizes, float dropout, Tensor stepState, OpMemory memory)
    {
        int last = sizes.Hidden.Count;
        if (!IsFused(sizes))
        {
            for (int i = 0; i <= last; i++)
                LinearForward(i == last ? probabilities : hidden[i], i == 0 ? x : hidden[i - 1], w[i], b[i], sizes.Layer(i),
                    i == last ? new LinearEpilogue(Relu: false) : new LinearEpilogue(Relu: true, dropout, Stream: i), stepState, memory);
            SoftmaxCrossEntropyForward(loss, probabilities, probabilities, targets, classWeights, new SoftmaxSizes(sizes.M, sizes.L));
            return;
        }
        var layers = LayersOf(probabilities, hidden, x, w, sizes, dropout);
        for (int i = 0; i <= last; i++) layers.B[i] = Pointer(b[i], sizes.Layer(i).Out);
        Launch(PixelMlpKernels.Forward, sizes, Floats(loss, 3), KernelArgument.Value(layers), Ints(targets, sizes.M), Floats(classWeights, sizes.L, optional: true),
            State(stepState), Workspace(memory, LossSumBytes(sizes)), _ticket.DevicePointer);
    }

    /// <inheritdoc/>
    public void PixelMlpBackward(Tensor? dX, IReadOnlyList<Tensor> dw, IReadOnlyList<Tensor> db, IReadOnlyList<Tensor> dHidden, Tensor dLogits,
        Tensor loss, Tensor probabilities, IReadOnlyList<Tensor> hidden, Tensor x, IReadOnlyList<Tensor> w,
        Tensor targets, Tensor? classWeights, PixelMlpSizes sizes, float dropout, OpMemory memory)
    {
        int last = sizes.Hidden.Count;
        if (!IsFused(sizes))
        {
            SoftmaxCrossEntropyBackward(dLogits, loss, probabilities, targets, classWeights, new SoftmaxSizes(sizes.M, sizes.L));
            for (int i = last; i >= 0; i--)
            {
                var dz = i == last ? dLogits : dHidden[i];
                LinearBackwardWeight(dw[i], db[i], dz, i == 0 ? x : hidden[i - 1], sizes.Layer(i), memory);
                if (i > 0) LinearBackwardInput(dHidden[i - 1], dz, w[i], hidden[i - 1], dropout, sizes.Layer(i), memory);
                else if (dX is not null) LinearBackwardInput(dX, dz, w[0], null, 0, sizes.Layer(0), memory);
            }
            return;
        }
        var layers = LayersOf(probabilities, hidden, x, w, sizes, dropout);
        for (int i = 0; i <= last; i++)
        {
            var layer = sizes.Layer(i);
            layers.DOutput[i] = Pointer(i == last ? dLogits : dHidden[i], (long)sizes.M * layer.Out);
            layers.DW[i] = Pointer(dw[i], (long)layer.Out * layer.In);
            layers.DB[i] = Pointer(db[i], layer.Out);
        }
        layers.DX = dX is null ? 0 : Pointer(dX, (long)sizes.M * sizes.D);
        Launch(PixelMlpKernels.Backward, sizes, KernelArgument.Value(layers), Floats(loss, 3), Ints(targets, sizes.M), Floats(classWeights, sizes.L, optional: true));

        var weights = Choose(PixelMlpKernels.BackwardWeight);
        if (weights.Parameters.Count == 1)
        {
            Launch(weights, sizes, KernelArgument.Value(layers));
            return;
        }
        ulong partials = Workspace(memory, PixelMlpKernels.PartialBytes(sizes));
        Launch(weights, sizes, KernelArgument.Value(layers), partials);
        if (partials != 0) Launch(PixelMlpKernels.BackwardReduce, sizes, KernelArgument.Value(layers), partials, PixelMlpKernels.Splits(sizes));
    }

    // Where a layer alone fills a GPU, the tiles of Linear are the faster ones, and only they have TF32. Kernels that were asked for are taken wherever they fit.
    private bool IsFused(PixelMlpSizes sizes) => PixelMlpKernels.Fit(sizes)
        && (Options.Precision == Precision.Fp32 && sizes.Hidden.All(width => width <= PixelMlpKernels.FusedWidth) || Options.Kernels.Any(name => name.StartsWith("pixel_mlp_", StringComparison.Ordinal)));

    private long LossSumBytes(PixelMlpSizes sizes) => Choose(PixelMlpKernels.Forward).Shape(sizes).Grid.Count * SoftmaxCrossEntropyKernels.SumBytes;

    /// <summary>What both passes read.</summary>
    private static PixelMlpKernels.Layers LayersOf(Tensor probabilities, IReadOnlyList<Tensor> hidden, Tensor x, IReadOnlyList<Tensor> w, PixelMlpSizes sizes, float dropout)
    {
        int last = sizes.Hidden.Count;
        var layers = new PixelMlpKernels.Layers
        {
            M = sizes.M,
            Count = last + 1,
            Widest = sizes.Hidden.Append(sizes.L).Max(),
            Threshold = Philox.DropoutThreshold(dropout),
            Kept = Kept(dropout),
            X = Pointer(x, (long)sizes.M * sizes.D),
        };
        layers.Width[0] = sizes.D;
        for (int i = 0; i <= last; i++)
        {
            var layer = sizes.Layer(i);
            layers.Width[i + 1] = layer.Out;
            layers.W[i] = Pointer(w[i], (long)layer.Out * layer.In);
            layers.Output[i] = Pointer(i == last ? probabilities : hidden[i], (long)sizes.M * layer.Out);
        }
        return layers;
    }
}
