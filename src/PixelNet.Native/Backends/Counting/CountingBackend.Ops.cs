using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Counting;

// The ops, each only noted. Bytes: outputs, then inputs; what accumulates is read and written.
public sealed partial class CountingBackend
{
    /// <inheritdoc/>
    public void Fill(Tensor destination, double value) => Count(nameof(Fill), destination.Name, 0, Bytes(destination));

    /// <inheritdoc/>
    public void NormalizeForward(Tensor y, Tensor x, in NormalizeSizes sizes, in ChannelTransform transform) =>
        Count(nameof(NormalizeForward), y.Name, 2 * y.Count, Bytes(y, x));

    /// <inheritdoc/>
    public void Conv2dForward(Tensor y, Tensor x, Tensor w, Tensor? b, in Conv2dSizes sizes, bool relu, OpMemory memory) =>
        Count(nameof(Conv2dForward), w.Name, sizes.Flops, Bytes(y, x, w, b));

    /// <inheritdoc/>
    public void Conv2dBackwardInput(Tensor dx, Tensor dy, Tensor w, Tensor? activation, in Conv2dSizes sizes, OpMemory memory) =>
        Count(nameof(Conv2dBackwardInput), w.Name, sizes.Flops, Bytes(dx, dy, w, activation));

    /// <inheritdoc/>
    public void Conv2dBackwardWeight(Tensor dw, Tensor? db, Tensor dy, Tensor x, in Conv2dSizes sizes, OpMemory memory) =>
        Count(nameof(Conv2dBackwardWeight), dw.Name, sizes.Flops, 2 * Bytes(dw, db) + Bytes(dy, x));

    /// <inheritdoc/>
    public void MaxPool2dForward(Tensor y, Tensor argmax, Tensor x, in MaxPool2dSizes sizes) =>
        Count(nameof(MaxPool2dForward), y.Name, 3 * y.Count, Bytes(y, argmax, x));

    /// <inheritdoc/>
    public void MaxPool2dBackward(Tensor dx, Tensor dy, Tensor argmax, Tensor? activation, in MaxPool2dSizes sizes) =>
        Count(nameof(MaxPool2dBackward), dx.Name, 0, Bytes(dx, dy, argmax, activation));

    /// <inheritdoc/>
    public void BatchNormForward(Tensor y, Tensor savedMean, Tensor savedInverseDeviation, Tensor x, Tensor? gamma, Tensor? beta,
        Tensor runningMean, Tensor runningVariance, in BatchNormSizes sizes, BatchNormStatistics statistics, double epsilon, double momentum, bool relu, OpMemory memory)
    {
        bool batch = statistics == BatchNormStatistics.Batch;
        Count(nameof(BatchNormForward), y.Name, (batch ? 8 : 4) * y.Count,
            Bytes(y, savedMean, savedInverseDeviation, x, gamma, beta) + (batch ? 2 : 1) * Bytes(runningMean, runningVariance));
    }

    /// <inheritdoc/>
    public void BatchNormBackward(Tensor dx, Tensor? dgamma, Tensor? dbeta, Tensor dy, Tensor x, Tensor y, Tensor? gamma, Tensor savedMean,
        Tensor savedInverseDeviation, in BatchNormSizes sizes, BatchNormStatistics statistics, bool relu, OpMemory memory) =>
        Count(nameof(BatchNormBackward), y.Name, (statistics == BatchNormStatistics.Batch ? 10 : 5) * y.Count,
            Bytes(dx, dy, x, relu ? y : null, gamma, savedMean, savedInverseDeviation) + 2 * Bytes(dgamma, dbeta));

    /// <inheritdoc/>
    public void HypercolumnForward(Tensor x, IReadOnlyList<Tensor> maps, Tensor samples, Tensor? mean, Tensor? inverseDeviation,
        IReadOnlyList<HypercolumnLevel> levels, int sampleCount) =>
        Count(nameof(HypercolumnForward), x.Name, 8L * sampleCount * levels.Where(level => level.Stride > 1).Sum(level => level.C),
            Bytes(x, samples, mean, inverseDeviation) + Touched(maps, levels, sampleCount));

    /// <inheritdoc/>
    public void HypercolumnSumForward(Tensor y, IReadOnlyList<Tensor> maps, Tensor samples, IReadOnlyList<HypercolumnLevel> levels, int sampleCount, bool relu) =>
        Count(nameof(HypercolumnSumForward), y.Name, 8L * sampleCount * levels.Sum(level => level.C), 2 * Bytes(y) + Bytes(samples) + Touched(maps, levels, sampleCount));

    /// <inheritdoc/>
    public void HypercolumnBackward(Tensor dMap, Tensor dX, CellList cells, Tensor? activation, Tensor? inverseDeviation,
        in HypercolumnLevel level, int sampleCount, GradientMode mode)
    {
        // A mask or an overwrite concerns the whole map.
        long map = mode == GradientMode.Overwrite ? Bytes(dMap) : activation is not null ? 2 * Bytes(dMap) : 2 * Touched(dMap, level, sampleCount);
        long columns = (long)sampleCount * level.C * dX.Type.Bytes();
        Count(nameof(HypercolumnBackward), dMap.Name, (level.Stride == 1 ? 2L : 8L) * sampleCount * level.C,
            map + columns + Bytes(activation, cells.Cells, cells.Starts, cells.Samples, cells.Weights));
    }

    /// <inheritdoc/>
    public void LinearForward(Tensor y, Tensor x, Tensor w, Tensor? b, in LinearSizes sizes, in LinearEpilogue epilogue, Tensor? stepState, OpMemory memory) =>
        Count(nameof(LinearForward), w.Name, sizes.Flops, Bytes(y, x, w, b));

    /// <inheritdoc/>
    public void LinearBackwardInput(Tensor dx, Tensor dy, Tensor w, Tensor? activation, float inputDropout, in LinearSizes sizes, OpMemory memory) =>
        Count(nameof(LinearBackwardInput), w.Name, sizes.Flops, Bytes(dx, dy, w, activation));

    /// <inheritdoc/>
    public void LinearBackwardWeight(Tensor dw, Tensor? db, Tensor dy, Tensor x, in LinearSizes sizes, OpMemory memory) =>
        Count(nameof(LinearBackwardWeight), dw.Name, sizes.Flops, 2 * Bytes(dw, db) + Bytes(dy, x));

    /// <inheritdoc/>
    public void DropoutForward(Tensor y, Tensor x, float dropout, int stream, Tensor stepState) => Count(nameof(DropoutForward), y.Name, y.Count, Bytes(y, x));

    /// <inheritdoc/>
    public void DropoutBackward(Tensor dx, Tensor dy, Tensor y, float dropout) => Count(nameof(DropoutBackward), y.Name, dx.Count, Bytes(dx, dy, y));

    /// <inheritdoc/>
    public void PixelMlpForward(Tensor loss, Tensor probabilities, IReadOnlyList<Tensor> hidden, Tensor x, IReadOnlyList<Tensor> w, IReadOnlyList<Tensor> b,
        Tensor targets, Tensor? classWeights, PixelMlpSizes sizes, float dropout, Tensor stepState, OpMemory memory) =>
        Count(nameof(PixelMlpForward), probabilities.Name, FlopsOf(sizes, 0), Bytes(probabilities, x, targets, classWeights) + Bytes(hidden) + Bytes(w) + Bytes(b));

    /// <inheritdoc/>
    public void PixelMlpBackward(Tensor? dX, IReadOnlyList<Tensor> dw, IReadOnlyList<Tensor> db, IReadOnlyList<Tensor> dHidden, Tensor dLogits,
        Tensor loss, Tensor probabilities, IReadOnlyList<Tensor> hidden, Tensor x, IReadOnlyList<Tensor> w,
        Tensor targets, Tensor? classWeights, PixelMlpSizes sizes, float dropout, OpMemory memory) =>
        Count(nameof(PixelMlpBackward), probabilities.Name, FlopsOf(sizes, 0) + FlopsOf(sizes, dX is null ? 1 : 0),
            Bytes(dX, dLogits, probabilities, x, targets, classWeights) + Bytes(dHidden) + Bytes(hidden) + Bytes(w) + 2 * (Bytes(dw) + Bytes(db)));

    /// <inheritdoc/>
    public void SoftmaxCrossEntropyForward(Tensor loss, Tensor probabilities, Tensor logits, Tensor targets, Tensor? classWeights, in SoftmaxSizes sizes) =>
        Count(nameof(SoftmaxCrossEntropyForward), probabilities.Name, 5 * probabilities.Count, Bytes(probabilities, logits, targets, classWeights));

    /// <inheritdoc/>
    public void SoftmaxCrossEntropyBackward(Tensor dLogits, Tensor loss, Tensor probabilities, Tensor targets, Tensor? classWeights, in SoftmaxSizes sizes) =>
        Count(nameof(SoftmaxCrossEntropyBackward), probabilities.Name, 2 * dLogits.Count, Bytes(dLogits, probabilities, targets, classWeights));

    /// <inheritdoc/>
    public void UpsampleArgmaxForward(Tensor labels, Tensor scores, in UpsampleSizes sizes) =>
        Count(nameof(UpsampleArgmaxForward), labels.Name, 8L * sizes.OutH * sizes.OutW * sizes.L, Bytes(labels, scores));

    /// <inheritdoc/>
    public void SgdMomentumUpdate(Tensor w, Tensor velocity, Tensor g, IReadOnlyList<ParameterSegment> segments, in SgdMomentumOptions options, Tensor stepState) =>
        Count(nameof(SgdMomentumUpdate), w.Name, 6 * segments.Sum(segment => segment.Count), 2 * Bytes(w, velocity) + Bytes(g));

    /// <inheritdoc/>
    public void AdamUpdate(Tensor w, Tensor m, Tensor v, Tensor g, IReadOnlyList<ParameterSegment> segments, in AdamOptions options, Tensor stepState) =>
        Count(nameof(AdamUpdate), w.Name, 14 * segments.Sum(segment => segment.Count), 2 * Bytes(w, m, v) + Bytes(g));

    private static long Touched(IReadOnlyList<Tensor> maps, IReadOnlyList<HypercolumnLevel> levels, int sampleCount) =>
        levels.Select((level, i) => Touched(maps[i], level, sampleCount)).Sum();

    private static long FlopsOf(PixelMlpSizes sizes, int firstLayer) =>
        Enumerable.Range(firstLayer, sizes.Hidden.Count + 1 - firstLayer).Sum(i => sizes.Layer(i).Flops);
}
