// The head in one call: h_0 = x [M,D], h_i [M,Hidden], probabilities p [M,L]; layer i is w_i [Out,In], b_i [Out]; n hidden layers.
//
//   forward   h_(i+1) = dropout_i(relu(h_i w_i^T + b_i)),  i < n;    p = softmax(h_n w_n^T + b_n);    loss as in SoftmaxCrossEntropy
//   backward  dz_n = dLogits;   dw_i += dz_i^T h_i;   db_i += column sums of dz_i;   dz_(i-1) = h_i > 0 ? (dz_i w_i)/(1 - p) : 0;   dX = dz_0 w_0
//
// Here it is those ops one by one, which is what a fused twin has to equal. Layers/PixelMlp.cs. Fast twins: Cpu/CpuBackend.PixelMlp.cs,
// kernels/pixel_mlp.cu. Cases: Diagnostics/Cases/PixelMlpCase.cs.
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Reference;

public sealed partial class ReferenceBackend
{
    private static readonly OpMemory None = new();

    /// <inheritdoc/>
    public OpMemoryRequest Describe(PixelMlpSizes sizes) => default;

    /// <inheritdoc/>
    public void PixelMlpForward(Tensor loss, Tensor probabilities, IReadOnlyList<Tensor> hidden, Tensor x, IReadOnlyList<Tensor> w, IReadOnlyList<Tensor> b,
        Tensor targets, Tensor? classWeights, PixelMlpSizes sizes, float dropout, Tensor stepState, OpMemory memory)
    {
        int n = sizes.Hidden.Count;
        for (int i = 0; i < n; i++)
            LinearForward(hidden[i], i == 0 ? x : hidden[i - 1], w[i], b[i], sizes.Layer(i),
                new LinearEpilogue(Relu: true, dropout, Stream: i), stepState, None);
        LinearForward(probabilities, n == 0 ? x : hidden[n - 1], w[n], b[n], sizes.Layer(n), new LinearEpilogue(Relu: false), null, None);
        SoftmaxCrossEntropyForward(loss, probabilities, probabilities, targets, classWeights, new SoftmaxSizes(sizes.M, sizes.L));
    }

    /// <inheritdoc/>
    public void PixelMlpBackward(Tensor? dX, IReadOnlyList<Tensor> dw, IReadOnlyList<Tensor> db, IReadOnlyList<Tensor> dHidden, Tensor dLogits,
        Tensor loss, Tensor probabilities, IReadOnlyList<Tensor> hidden, Tensor x, IReadOnlyList<Tensor> w,
        Tensor targets, Tensor? classWeights, PixelMlpSizes sizes, float dropout, OpMemory memory)
    {
        SoftmaxCrossEntropyBackward(dLogits, loss, probabilities, targets, classWeights, new SoftmaxSizes(sizes.M, sizes.L));
        int n = sizes.Hidden.Count;
        for (int i = n; i >= 0; i--)
        {
            var dz = i == n ? dLogits : dHidden[i];
            LinearBackwardWeight(dw[i], db[i], dz, i == 0 ? x : hidden[i - 1], sizes.Layer(i), None);
            if (i > 0) LinearBackwardInput(dHidden[i - 1], dz, w[i], hidden[i - 1], dropout, sizes.Layer(i), None);
            else if (dX is not null) LinearBackwardInput(dX, dz, w[0], null, 0, sizes.Layer(0), None);
        }
    }
}
