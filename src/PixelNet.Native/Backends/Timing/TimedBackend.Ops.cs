using System.Diagnostics;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Timing;

// The ops, each forwarded to the wrapped backend between two looks at the clock. What is not an op is forwarded untimed.
public sealed partial class TimedBackend
{
    /// <inheritdoc/>
    public bool AllocatesHostMemory => inner.AllocatesHostMemory;

    /// <inheritdoc/>
    public DeviceBuffer Allocate(long byteLength) => inner.Allocate(byteLength);

    /// <inheritdoc/>
    public void Upload(Tensor destination, ReadOnlySpan<byte> source) => inner.Upload(destination, source);

    /// <inheritdoc/>
    public void Download(Span<byte> destination, Tensor source) => inner.Download(destination, source);

    /// <inheritdoc/>
    public long StageBytes(long byteLength) => inner.StageBytes(byteLength);

    /// <inheritdoc/>
    public void Stage(Tensor stage, long byteOffset, ReadOnlySpan<byte> source) => inner.Stage(stage, byteOffset, source);

    /// <inheritdoc/>
    public void Unstage(Tensor destination, Tensor stage) => inner.Unstage(destination, stage);

    /// <summary>Does the work as it is: each op is timed, so none may be written down to be started later.</summary>
    public void Repeat(Action work) => work();

    /// <inheritdoc/>
    public void Fill(Tensor destination, double value)
    {
        long start = Stopwatch.GetTimestamp();
        inner.Fill(destination, value);
        Stop(start, nameof(Fill), destination.Name);
    }

    /// <inheritdoc/>
    public void Synchronize() => inner.Synchronize();

    /// <inheritdoc/>
    public void ParametersChanged() => inner.ParametersChanged();

    /// <inheritdoc/>
    public OpMemoryRequest Describe(in Conv2dSizes sizes) => inner.Describe(in sizes);

    /// <inheritdoc/>
    public OpMemoryRequest Describe(in Conv2dSizes rows, in Conv2dSizes whole) => inner.Describe(in rows, in whole);

    /// <inheritdoc/>
    public OpMemoryRequest Describe(in LinearSizes sizes) => inner.Describe(in sizes);

    /// <inheritdoc/>
    public OpMemoryRequest Describe(PixelMlpSizes sizes) => inner.Describe(sizes);

    /// <inheritdoc/>
    public OpMemoryRequest Describe(in BatchNormSizes sizes) => inner.Describe(in sizes);

    /// <inheritdoc/>
    public void NormalizeForward(Tensor y, Tensor x, in NormalizeSizes sizes, in ChannelTransform transform)
    {
        long start = Stopwatch.GetTimestamp();
        inner.NormalizeForward(y, x, in sizes, in transform);
        Stop(start, nameof(NormalizeForward), y.Name);
    }

    /// <inheritdoc/>
    public void Conv2dForward(Tensor y, Tensor x, Tensor w, Tensor? b, in Conv2dSizes sizes, bool relu, OpMemory memory)
    {
        long start = Stopwatch.GetTimestamp();
        inner.Conv2dForward(y, x, w, b, in sizes, relu, memory);
        Stop(start, nameof(Conv2dForward), w.Name, sizes.Flops);
    }

    /// <inheritdoc/>
    public void Conv2dBackwardInput(Tensor dx, Tensor dy, Tensor w, Tensor? activation, in Conv2dSizes sizes, OpMemory memory)
    {
        long start = Stopwatch.GetTimestamp();
        inner.Conv2dBackwardInput(dx, dy, w, activation, in sizes, memory);
        Stop(start, nameof(Conv2dBackwardInput), w.Name, sizes.Flops);
    }

    /// <inheritdoc/>
    public void Conv2dBackwardWeight(Tensor dw, Tensor? db, Tensor dy, Tensor x, in Conv2dSizes sizes, OpMemory memory)
    {
        long start = Stopwatch.GetTimestamp();
        inner.Conv2dBackwardWeight(dw, db, dy, x, in sizes, memory);
        Stop(start, nameof(Conv2dBackwardWeight), dw.Name, sizes.Flops);
    }

    /// <inheritdoc/>
    public void MaxPool2dForward(Tensor y, Tensor argmax, Tensor x, in MaxPool2dSizes sizes)
    {
        long start = Stopwatch.GetTimestamp();
        inner.MaxPool2dForward(y, argmax, x, in sizes);
        Stop(start, nameof(MaxPool2dForward), y.Name);
    }

    /// <inheritdoc/>
    public void MaxPool2dBackward(Tensor dx, Tensor dy, Tensor argmax, Tensor? activation, in MaxPool2dSizes sizes)
    {
        long start = Stopwatch.GetTimestamp();
        inner.MaxPool2dBackward(dx, dy, argmax, activation, in sizes);
        Stop(start, nameof(MaxPool2dBackward), dx.Name);
    }

    /// <inheritdoc/>
    public void BatchNormForward(Tensor y, Tensor savedMean, Tensor savedInverseDeviation, Tensor x, Tensor? gamma, Tensor? beta,
        Tensor runningMean, Tensor runningVariance,
        in BatchNormSizes sizes, BatchNormStatistics statistics, double epsilon, double momentum, bool relu, OpMemory memory)
    {
        long start = Stopwatch.GetTimestamp();
        inner.BatchNormForward(y, savedMean, savedInverseDeviation, x, gamma, beta, runningMean, runningVariance, in sizes, statistics,
            epsilon, momentum, relu, memory);
        Stop(start, nameof(BatchNormForward), y.Name);
    }

    /// <inheritdoc/>
    public void BatchNormBackward(Tensor dx, Tensor? dgamma, Tensor? dbeta, Tensor dy, Tensor x, Tensor y, Tensor? gamma, Tensor savedMean,
        Tensor savedInverseDeviation, in BatchNormSizes sizes, BatchNormStatistics statistics, bool relu, OpMemory memory)
    {
        long start = Stopwatch.GetTimestamp();
        inner.BatchNormBackward(dx, dgamma, dbeta, dy, x, y, gamma, savedMean, savedInverseDeviation, in sizes, statistics, relu, memory);
        Stop(start, nameof(BatchNormBackward), y.Name);
    }

    /// <inheritdoc/>
    public void HypercolumnForward(Tensor x, IReadOnlyList<Tensor> maps, Tensor samples, Tensor? mean, Tensor? inverseDeviation,
        IReadOnlyList<HypercolumnLevel> levels, int sampleCount)
    {
        long start = Stopwatch.GetTimestamp();
        inner.HypercolumnForward(x, maps, samples, mean, inverseDeviation, levels, sampleCount);
        Stop(start, nameof(HypercolumnForward), x.Name);
    }

    /// <inheritdoc/>
    public void HypercolumnSumForward(Tensor y, IReadOnlyList<Tensor> maps, Tensor samples, IReadOnlyList<HypercolumnLevel> levels, int sampleCount, bool relu)
    {
        long start = Stopwatch.GetTimestamp();
        inner.HypercolumnSumForward(y, maps, samples, levels, sampleCount, relu);
        Stop(start, nameof(HypercolumnSumForward), y.Name);
    }

    /// <inheritdoc/>
    public void HypercolumnBackward(Tensor dMap, Tensor dX, CellList cells, Tensor? activation, Tensor? inverseDeviation,
        in HypercolumnLevel level, int sampleCount, GradientMode mode)
    {
        long start = Stopwatch.GetTimestamp();
        inner.HypercolumnBackward(dMap, dX, cells, activation, inverseDeviation, in level, sampleCount, mode);
        Stop(start, nameof(HypercolumnBackward), dMap.Name);
    }

    /// <inheritdoc/>
    public void LinearForward(Tensor y, Tensor x, Tensor w, Tensor? b, in LinearSizes sizes, in LinearEpilogue epilogue, Tensor? stepState,
        OpMemory memory)
    {
        long start = Stopwatch.GetTimestamp();
        inner.LinearForward(y, x, w, b, in sizes, in epilogue, stepState, memory);
        Stop(start, nameof(LinearForward), w.Name, sizes.Flops);
    }

    /// <inheritdoc/>
    public void LinearBackwardInput(Tensor dx, Tensor dy, Tensor w, Tensor? activation, float inputDropout, in LinearSizes sizes,
        OpMemory memory)
    {
        long start = Stopwatch.GetTimestamp();
        inner.LinearBackwardInput(dx, dy, w, activation, inputDropout, in sizes, memory);
        Stop(start, nameof(LinearBackwardInput), w.Name, sizes.Flops);
    }

    /// <inheritdoc/>
    public void LinearBackwardWeight(Tensor dw, Tensor? db, Tensor dy, Tensor x, in LinearSizes sizes, OpMemory memory)
    {
        long start = Stopwatch.GetTimestamp();
        inner.LinearBackwardWeight(dw, db, dy, x, in sizes, memory);
        Stop(start, nameof(LinearBackwardWeight), dw.Name, sizes.Flops);
    }

    /// <inheritdoc/>
    public void DropoutForward(Tensor y, Tensor x, float dropout, int stream, Tensor stepState)
    {
        long start = Stopwatch.GetTimestamp();
        inner.DropoutForward(y, x, dropout, stream, stepState);
        Stop(start, nameof(DropoutForward), y.Name);
    }

    /// <inheritdoc/>
    public void DropoutBackward(Tensor dx, Tensor dy, Tensor y, float dropout)
    {
        long start = Stopwatch.GetTimestamp();
        inner.DropoutBackward(dx, dy, y, dropout);
        Stop(start, nameof(DropoutBackward), y.Name);
    }

    /// <inheritdoc/>
    public void PixelMlpForward(Tensor loss, Tensor probabilities, IReadOnlyList<Tensor> hidden, Tensor x, IReadOnlyList<Tensor> w,
        IReadOnlyList<Tensor> b, Tensor targets,
        Tensor? classWeights, PixelMlpSizes sizes, float dropout, Tensor stepState, OpMemory memory)
    {
        long start = Stopwatch.GetTimestamp();
        inner.PixelMlpForward(loss, probabilities, hidden, x, w, b, targets, classWeights, sizes, dropout, stepState, memory);
        Stop(start, nameof(PixelMlpForward), probabilities.Name, FlopsOf(sizes, 0));
    }

    /// <inheritdoc/>
    public void PixelMlpBackward(Tensor? dX, IReadOnlyList<Tensor> dw, IReadOnlyList<Tensor> db, IReadOnlyList<Tensor> dHidden,
        Tensor dLogits, Tensor loss,
        Tensor probabilities, IReadOnlyList<Tensor> hidden, Tensor x, IReadOnlyList<Tensor> w, Tensor targets, Tensor? classWeights,
        PixelMlpSizes sizes, float dropout, OpMemory memory)
    {
        long start = Stopwatch.GetTimestamp();
        inner.PixelMlpBackward(dX, dw, db, dHidden, dLogits, loss, probabilities, hidden, x, w, targets, classWeights, sizes, dropout, memory);
        Stop(start, nameof(PixelMlpBackward), probabilities.Name, FlopsOf(sizes, 0) + FlopsOf(sizes, dX is null ? 1 : 0));
    }

    /// <inheritdoc/>
    public void SoftmaxCrossEntropyForward(Tensor loss, Tensor probabilities, Tensor logits, Tensor targets, Tensor? classWeights,
        in SoftmaxSizes sizes)
    {
        long start = Stopwatch.GetTimestamp();
        inner.SoftmaxCrossEntropyForward(loss, probabilities, logits, targets, classWeights, in sizes);
        Stop(start, nameof(SoftmaxCrossEntropyForward), probabilities.Name);
    }

    /// <inheritdoc/>
    public void SoftmaxCrossEntropyBackward(Tensor dLogits, Tensor loss, Tensor probabilities, Tensor targets, Tensor? classWeights,
        in SoftmaxSizes sizes)
    {
        long start = Stopwatch.GetTimestamp();
        inner.SoftmaxCrossEntropyBackward(dLogits, loss, probabilities, targets, classWeights, in sizes);
        Stop(start, nameof(SoftmaxCrossEntropyBackward), probabilities.Name);
    }

    /// <inheritdoc/>
    public void UpsampleArgmaxForward(Tensor labels, Tensor scores, in UpsampleSizes sizes)
    {
        long start = Stopwatch.GetTimestamp();
        inner.UpsampleArgmaxForward(labels, scores, in sizes);
        Stop(start, nameof(UpsampleArgmaxForward), labels.Name);
    }

    /// <inheritdoc/>
    public void SgdMomentumUpdate(Tensor w, Tensor velocity, Tensor g, IReadOnlyList<ParameterSegment> segments,
        in SgdMomentumOptions options, Tensor stepState)
    {
        long start = Stopwatch.GetTimestamp();
        inner.SgdMomentumUpdate(w, velocity, g, segments, in options, stepState);
        Stop(start, nameof(SgdMomentumUpdate), w.Name);
    }

    /// <inheritdoc/>
    public void AdamUpdate(Tensor w, Tensor m, Tensor v, Tensor g, IReadOnlyList<ParameterSegment> segments, in AdamOptions options,
        Tensor stepState)
    {
        long start = Stopwatch.GetTimestamp();
        inner.AdamUpdate(w, m, v, g, segments, in options, stepState);
        Stop(start, nameof(AdamUpdate), w.Name);
    }

    private static double FlopsOf(PixelMlpSizes sizes, int firstLayer)
    {
        double flops = 0;
        for (int i = firstLayer; i <= sizes.Hidden.Count; i++) flops += sizes.Layer(i).Flops;
        return flops;
    }
}
