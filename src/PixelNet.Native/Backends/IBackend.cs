// Every op of the network: its forward and its backward beside each other.
//
// Arguments, here and in kernels/: outputs, inputs, sizes, scalars fixed for the run, the op's memory.
// Gradient of X is dX. Letters: N images, H W C in, K P Q out, R S filter; M sampled pixels, D hypercolumn width, L classes.
//
// Gradient write rule, stated once:
//   - gradients of PARAMETERS accumulate (+=); ZeroGradients runs before the backward pass;
//   - gradients of ACTIVATIONS overwrite (=), except a tapped map, which two paths reach: HypercolumnBackward takes an
//     explicit GradientMode.
//   - an argument `activation` is the stored output of the ReLU in front: where it is not positive, the gradient written is 0
//     (the mask is taken from the stored sign; masking twice does no harm).
//
// Every tensor of one call has one float type: Float32, or, on ReferenceBackend only, Float64.
// Twins of each op: Layers/<Op>.cs (formula and derivation), Reference/, Cpu/, Diagnostics/Cases/<Op>Case.cs.
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends;

/// <summary>What computes: the reference, the CPU or the GPU. See the head of the file for the rules that hold for every op.</summary>
public interface IBackend : IBackendMemory, IDisposable
{
    /// <summary>Name for people and logs: <c>reference</c>, <c>cpu</c>, <c>cuda</c>.</summary>
    string Name { get; }

    /// <summary>The instruction-set level that results depend on, such as <c>avx512</c>; recorded in checkpoints.</summary>
    string Level { get; }

    /// <summary>Sets every element to <paramref name="value"/>.</summary>
    void Fill(Tensor destination, double value);

    /// <summary>Waits for everything that was started.</summary>
    void Synchronize();

    /// <summary>
    /// Does <paramref name="work"/>, which calls ops and will be done again and again: the same ops on the same tensors each time, without waiting for them and
    /// without copies from or to the host. A backend may write the ops down once and then start them all at a time; it knows the work by reference.
    /// </summary>
    void Repeat(Action work) => work();

    /// <summary>Tells that parameters have new values: derived weights (<see cref="OpMemory.Derived"/>) are stale.</summary>
    void ParametersChanged();

    /// <summary>Memory for a convolution's three passes.</summary>
    OpMemoryRequest Describe(in Conv2dSizes sizes);

    /// <summary>
    /// Memory for the forward pass of some rows of a convolution, as one with the padding of H left out. With <see cref="OpMemory.Whole"/> set, the rows are
    /// computed by the algorithm that the whole takes, and have its bytes where they begin at a multiple of 4.
    /// </summary>
    OpMemoryRequest Describe(in Conv2dSizes rows, in Conv2dSizes whole) => Describe(rows);

    /// <summary>Memory for a dense layer's three passes.</summary>
    OpMemoryRequest Describe(in LinearSizes sizes);

    /// <summary>Memory for the fused head.</summary>
    OpMemoryRequest Describe(PixelMlpSizes sizes);

    /// <summary>Memory for batch normalisation.</summary>
    OpMemoryRequest Describe(in BatchNormSizes sizes);

    // ---- Normalize -------------------------------------------------------------------------------------------------

    /// <summary>y [N,H,W,3] float = transform(x [N,H,W,3] uint8). Images need no gradient.</summary>
    void NormalizeForward(Tensor y, Tensor x, in NormalizeSizes sizes, in ChannelTransform transform);

    // ---- Conv2d ----------------------------------------------------------------------------------------------------

    /// <summary>y [N,P,Q,K] = relu?(x [N,H,W,C] * w [K,R,S,C] + b [K]), cross-correlation, zero padding.</summary>
    void Conv2dForward(Tensor y, Tensor x, Tensor w, Tensor? b, in Conv2dSizes sizes, bool relu, OpMemory memory);

    /// <summary>dx [N,H,W,C] = (dy [N,P,Q,K] correlated with the flipped, transposed w) where activation > 0 (activation = x, or null).</summary>
    void Conv2dBackwardInput(Tensor dx, Tensor dy, Tensor w, Tensor? activation, in Conv2dSizes sizes, OpMemory memory);

    /// <summary>dw [K,R,S,C] += correlation of x with dy; db [K] += column sums of dy.</summary>
    void Conv2dBackwardWeight(Tensor dw, Tensor? db, Tensor dy, Tensor x, in Conv2dSizes sizes, OpMemory memory);

    // ---- MaxPool2d -------------------------------------------------------------------------------------------------

    /// <summary>y [N,P,Q,C] = maximum of each 2x2 window of x; argmax [N,P,Q,C] uint8 = its position 0..3 (row-major, first wins).</summary>
    void MaxPool2dForward(Tensor y, Tensor argmax, Tensor x, in MaxPool2dSizes sizes);

    /// <summary>dx [N,H,W,C] = dy at the stored positions, 0 elsewhere (a dropped last row or column included), where activation > 0.</summary>
    void MaxPool2dBackward(Tensor dx, Tensor dy, Tensor argmax, Tensor? activation, in MaxPool2dSizes sizes);

    // ---- BatchNorm -------------------------------------------------------------------------------------------------

    /// <summary>
    /// y = relu?(gamma*(x - mean)*inverseDeviation + beta) per channel; saves mean and 1/sqrt(variance + epsilon) as used [C].
    /// With <see cref="BatchNormStatistics.Batch"/>: biased variance to normalise, and running = (1-momentum)*running + momentum*batch
    /// (the unbiased variance is what runs). gamma and beta null = Caffe's affine-free form.
    /// </summary>
    void BatchNormForward(Tensor y, Tensor savedMean, Tensor savedInverseDeviation, Tensor x, Tensor? gamma, Tensor? beta,
        Tensor runningMean, Tensor runningVariance, in BatchNormSizes sizes, BatchNormStatistics statistics,
        double epsilon, double momentum, bool relu, OpMemory memory);

    /// <summary>
    /// dx, dgamma +=, dbeta += from dy; y is the stored output (its sign is the ReLU mask) when <paramref name="relu"/>.
    /// dx may be dy itself. <see cref="BatchNormStatistics.Frozen"/> leaves dgamma and dbeta alone.
    /// </summary>
    void BatchNormBackward(Tensor dx, Tensor? dgamma, Tensor? dbeta, Tensor dy, Tensor x, Tensor y, Tensor? gamma,
        Tensor savedMean, Tensor savedInverseDeviation, in BatchNormSizes sizes, BatchNormStatistics statistics, bool relu, OpMemory memory);

    // ---- Hypercolumn -----------------------------------------------------------------------------------------------

    /// <summary>
    /// x [M,D]: for each sample (image, y, x) int32 [M,3] and each level, the bilinear value of its map at t = (p + 0.5)/stride - 0.5,
    /// clamped to [0, n-1] (<see cref="HypercolumnCoordinates"/>); then x = (x - mean[D]) * inverseDeviation[D] where given.
    /// </summary>
    void HypercolumnForward(Tensor x, IReadOnlyList<Tensor> maps, Tensor samples, Tensor? mean, Tensor? inverseDeviation,
        IReadOnlyList<HypercolumnLevel> levels, int sampleCount);

    /// <summary>
    /// Cell-owner backward of one level: dMap [N,H,W,C] = or += (by <paramref name="mode"/>; untouched cells become 0 when it overwrites) the
    /// weighted sum of the rows of dX [M,D] that touched each cell, times inverseDeviation; then, where activation is given,
    /// the WHOLE map is masked by activation > 0.
    /// </summary>
    void HypercolumnBackward(Tensor dMap, Tensor dX, CellList cells, Tensor? activation, Tensor? inverseDeviation,
        in HypercolumnLevel level, int sampleCount, GradientMode mode);

    // ---- HypercolumnSum: the gather of maps that were projected to one width, in dense prediction -------------------

    /// <summary>
    /// y [M,C] = relu?(y + sum over the levels of the bilinear value of its map [N,H,W,C] at each sample), by the rule of
    /// <see cref="HypercolumnForward"/>. All levels have the same C; their columns are of no account. Prediction only: there is no gradient.
    /// </summary>
    void HypercolumnSumForward(Tensor y, IReadOnlyList<Tensor> maps, Tensor samples, IReadOnlyList<HypercolumnLevel> levels, int sampleCount, bool relu);

    // ---- Linear ----------------------------------------------------------------------------------------------------

    /// <summary>y [M,Out] = epilogue(x [M,In] w^T + b). Dropout's mask is Philox(key = seed; counter = step, stream, element/4).</summary>
    void LinearForward(Tensor y, Tensor x, Tensor w, Tensor? b, in LinearSizes sizes, in LinearEpilogue epilogue, Tensor? stepState, OpMemory memory);

    /// <summary>
    /// dx [M,In] = dy w; where <paramref name="activation"/> (= x, the stored output of the ReLU and dropout in front) is given,
    /// dx = activation > 0 ? dx/(1 - inputDropout) : 0.
    /// </summary>
    void LinearBackwardInput(Tensor dx, Tensor dy, Tensor w, Tensor? activation, float inputDropout, in LinearSizes sizes, OpMemory memory);

    /// <summary>dw [Out,In] += dy^T x; db [Out] += column sums of dy.</summary>
    void LinearBackwardWeight(Tensor dw, Tensor? db, Tensor dy, Tensor x, in LinearSizes sizes, OpMemory memory);

    // ---- Dropout (behind a ReLU; dense layers have theirs in the epilogue) -------------------------------------------

    /// <summary>y = x / (1 - dropout) where kept, 0 where dropped; elements and mask as in <see cref="LinearForward"/>. y may be x.</summary>
    void DropoutForward(Tensor y, Tensor x, float dropout, int stream, Tensor stepState);

    /// <summary>
    /// dx = y > 0 ? dy/(1 - dropout) : 0, through the dropout and the ReLU in front of it, by the sign of the stored output y; with
    /// dropout 0, the gradient of a ReLU. dx may be dy.
    /// </summary>
    void DropoutBackward(Tensor dx, Tensor dy, Tensor y, float dropout);

    // ---- PixelMlp: the head in one call; equals the Linear ... SoftmaxCrossEntropy composition ----------------------

    /// <summary>
    /// hidden[i] [M,Hidden[i]] = dropout(relu(linear)); probabilities [M,L] = softmax(logits); loss as in
    /// <see cref="SoftmaxCrossEntropyForward"/>. Layer i draws its dropout from Philox stream i.
    /// </summary>
    void PixelMlpForward(Tensor loss, Tensor probabilities, IReadOnlyList<Tensor> hidden, Tensor x, IReadOnlyList<Tensor> w, IReadOnlyList<Tensor> b,
        Tensor targets, Tensor? classWeights, PixelMlpSizes sizes, float dropout, Tensor stepState, OpMemory memory);

    /// <summary>
    /// dX [M,D] (null: not wanted), dw[i] +=, db[i] +=, from what the forward stored. <paramref name="dHidden"/>[i] [M,Hidden[i]] and
    /// <paramref name="dLogits"/> [M,L] receive the intermediate gradients.
    /// </summary>
    void PixelMlpBackward(Tensor? dX, IReadOnlyList<Tensor> dw, IReadOnlyList<Tensor> db, IReadOnlyList<Tensor> dHidden, Tensor dLogits,
        Tensor loss, Tensor probabilities, IReadOnlyList<Tensor> hidden, Tensor x, IReadOnlyList<Tensor> w,
        Tensor targets, Tensor? classWeights, PixelMlpSizes sizes, float dropout, OpMemory memory);

    // ---- SoftmaxCrossEntropy ---------------------------------------------------------------------------------------

    /// <summary>
    /// probabilities [M,L] = softmax(logits [M,L]) (may be the same tensor); loss [3] = (mean weighted cross-entropy, S = sum of the weights of
    /// valid rows, number of valid rows whose largest logit is the target). Targets int32 [M]; outside 0..L-1 (255) = ignored. S = 0: loss 0.
    /// </summary>
    void SoftmaxCrossEntropyForward(Tensor loss, Tensor probabilities, Tensor logits, Tensor targets, Tensor? classWeights, in SoftmaxSizes sizes);

    /// <summary>dLogits [M,L] = weight/S * (probabilities - onehot), 0 for ignored rows (dLogits may be the same tensor as probabilities).</summary>
    void SoftmaxCrossEntropyBackward(Tensor dLogits, Tensor loss, Tensor probabilities, Tensor targets, Tensor? classWeights, in SoftmaxSizes sizes);

    // ---- UpsampleArgmax --------------------------------------------------------------------------------------------

    /// <summary>labels uint8 [OutH,OutW] = argmax over L of scores [H,W,L] interpolated bilinearly (half-pixel centres, clamped; first maximum wins).</summary>
    void UpsampleArgmaxForward(Tensor labels, Tensor scores, in UpsampleSizes sizes);

    // ---- Optimisers: one call over all parameters --------------------------------------------------------------------

    /// <summary>V = momentum*V + lr*(g + decay*w); w -= V, per segment. All three tensors are flat arenas [P].</summary>
    void SgdMomentumUpdate(Tensor w, Tensor velocity, Tensor g, IReadOnlyList<ParameterSegment> segments, in SgdMomentumOptions options, Tensor stepState);

    /// <summary>m, v, w of Adam with decoupled decay: w -= lr*decay*w + lr*(m/c1)/(sqrt(v/c2) + epsilon), c1, c2 from the step state.</summary>
    void AdamUpdate(Tensor w, Tensor m, Tensor v, Tensor g, IReadOnlyList<ParameterSegment> segments, in AdamOptions options, Tensor stepState);
}
