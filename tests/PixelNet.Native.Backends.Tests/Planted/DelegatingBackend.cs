using PixelNet.Native.Backends.Reference;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Tests.Planted;

/// <summary>Hands every call on, to the reference where nothing else is given; who derives from it changes one.</summary>
internal abstract class DelegatingBackend(IBackend? inner = null) : IBackend
{
    protected IBackend Inner { get; } = inner ?? new ReferenceBackend();

    public string Name => Inner.Name;

    public string Level => Inner.Level;

    public bool AllocatesHostMemory => Inner.AllocatesHostMemory;

    public virtual DeviceBuffer Allocate(long byteLength) => Inner.Allocate(byteLength);

    public virtual void Upload(Tensor destination, ReadOnlySpan<byte> source) => Inner.Upload(destination, source);

    public virtual void Download(Span<byte> destination, Tensor source) => Inner.Download(destination, source);

    public virtual void Fill(Tensor destination, double value) => Inner.Fill(destination, value);

    public virtual void Synchronize() => Inner.Synchronize();

    public virtual void ParametersChanged() => Inner.ParametersChanged();

    public virtual OpMemoryRequest Describe(in Conv2dSizes sizes) => Inner.Describe(in sizes);

    public virtual OpMemoryRequest Describe(in Conv2dSizes rows, in Conv2dSizes whole) => Inner.Describe(in rows, in whole);

    public virtual OpMemoryRequest Describe(in LinearSizes sizes) => Inner.Describe(in sizes);

    public virtual OpMemoryRequest Describe(PixelMlpSizes sizes) => Inner.Describe(sizes);

    public virtual OpMemoryRequest Describe(in BatchNormSizes sizes) => Inner.Describe(in sizes);

    public virtual void NormalizeForward(Tensor y, Tensor x, in NormalizeSizes sizes, in ChannelTransform transform) =>
        Inner.NormalizeForward(y, x, in sizes, in transform);

    public virtual void Conv2dForward(Tensor y, Tensor x, Tensor w, Tensor? b, in Conv2dSizes sizes, bool relu, OpMemory memory) =>
        Inner.Conv2dForward(y, x, w, b, in sizes, relu, memory);

    public virtual void Conv2dBackwardInput(Tensor dx, Tensor dy, Tensor w, Tensor? activation, in Conv2dSizes sizes, OpMemory memory) =>
        Inner.Conv2dBackwardInput(dx, dy, w, activation, in sizes, memory);

    public virtual void Conv2dBackwardWeight(Tensor dw, Tensor? db, Tensor dy, Tensor x, in Conv2dSizes sizes, OpMemory memory) =>
        Inner.Conv2dBackwardWeight(dw, db, dy, x, in sizes, memory);

    public virtual void MaxPool2dForward(Tensor y, Tensor argmax, Tensor x, in MaxPool2dSizes sizes) =>
        Inner.MaxPool2dForward(y, argmax, x, in sizes);

    public virtual void MaxPool2dBackward(Tensor dx, Tensor dy, Tensor argmax, Tensor? activation, in MaxPool2dSizes sizes) =>
        Inner.MaxPool2dBackward(dx, dy, argmax, activation, in sizes);

    public virtual void BatchNormForward(Tensor y, Tensor savedMean, Tensor savedInverseDeviation, Tensor x, Tensor? gamma, Tensor? beta, Tensor
        runningMean, Tensor runningVariance, in BatchNormSizes sizes, BatchNormStatistics statistics, double epsilon, double momentum, bool relu,
        OpMemory memory) =>
        Inner.BatchNormForward(y, savedMean, savedInverseDeviation, x, gamma, beta, runningMean, runningVariance, in sizes, statistics, epsilon,
        momentum, relu, memory);

    public virtual void BatchNormBackward(Tensor dx, Tensor? dgamma, Tensor? dbeta, Tensor dy, Tensor x, Tensor y, Tensor? gamma, Tensor savedMean,
        Tensor savedInverseDeviation, in BatchNormSizes sizes, BatchNormStatistics statistics, bool relu, OpMemory memory) =>
        Inner.BatchNormBackward(dx, dgamma, dbeta, dy, x, y, gamma, savedMean, savedInverseDeviation, in sizes, statistics, relu, memory);

    public virtual void HypercolumnForward(Tensor x, IReadOnlyList<Tensor> maps, Tensor samples, Tensor? mean, Tensor? inverseDeviation,
        IReadOnlyList<HypercolumnLevel> levels, int sampleCount) =>
        Inner.HypercolumnForward(x, maps, samples, mean, inverseDeviation, levels, sampleCount);

    public virtual void HypercolumnSumForward(Tensor y, IReadOnlyList<Tensor> maps, Tensor samples, IReadOnlyList<HypercolumnLevel> levels, int sampleCount, bool relu) =>
        Inner.HypercolumnSumForward(y, maps, samples, levels, sampleCount, relu);

    public virtual void HypercolumnBackward(Tensor dMap, Tensor dX, CellList cells, Tensor? activation, Tensor? inverseDeviation, in HypercolumnLevel
        level, int sampleCount, GradientMode mode) =>
        Inner.HypercolumnBackward(dMap, dX, cells, activation, inverseDeviation, in level, sampleCount, mode);

    public virtual void LinearForward(Tensor y, Tensor x, Tensor w, Tensor? b, in LinearSizes sizes, in LinearEpilogue epilogue, Tensor? stepState,
        OpMemory memory) =>
        Inner.LinearForward(y, x, w, b, in sizes, in epilogue, stepState, memory);

    public virtual void LinearBackwardInput(Tensor dx, Tensor dy, Tensor w, Tensor? activation, float inputDropout, in LinearSizes sizes, OpMemory
        memory) =>
        Inner.LinearBackwardInput(dx, dy, w, activation, inputDropout, in sizes, memory);

    public virtual void LinearBackwardWeight(Tensor dw, Tensor? db, Tensor dy, Tensor x, in LinearSizes sizes, OpMemory memory) =>
        Inner.LinearBackwardWeight(dw, db, dy, x, in sizes, memory);

    public virtual void DropoutForward(Tensor y, Tensor x, float dropout, int stream, Tensor stepState) =>
        Inner.DropoutForward(y, x, dropout, stream, stepState);

    public virtual void DropoutBackward(Tensor dx, Tensor dy, Tensor y, float dropout) => Inner.DropoutBackward(dx, dy, y, dropout);

    public virtual void PixelMlpForward(Tensor loss, Tensor probabilities, IReadOnlyList<Tensor> hidden, Tensor x, IReadOnlyList<Tensor> w,
        IReadOnlyList<Tensor> b, Tensor targets, Tensor? classWeights, PixelMlpSizes sizes, float dropout, Tensor stepState, OpMemory memory) =>
        Inner.PixelMlpForward(loss, probabilities, hidden, x, w, b, targets, classWeights, sizes, dropout, stepState, memory);

    public virtual void PixelMlpBackward(Tensor? dX, IReadOnlyList<Tensor> dw, IReadOnlyList<Tensor> db, IReadOnlyList<Tensor> dHidden, Tensor
        dLogits, Tensor loss, Tensor probabilities, IReadOnlyList<Tensor> hidden, Tensor x, IReadOnlyList<Tensor> w, Tensor targets, Tensor?
        classWeights, PixelMlpSizes sizes, float dropout, OpMemory memory) =>
        Inner.PixelMlpBackward(dX, dw, db, dHidden, dLogits, loss, probabilities, hidden, x, w, targets, classWeights, sizes, dropout, memory);

    public virtual void SoftmaxCrossEntropyForward(Tensor loss, Tensor probabilities, Tensor logits, Tensor targets, Tensor? classWeights, in
        SoftmaxSizes sizes) =>
        Inner.SoftmaxCrossEntropyForward(loss, probabilities, logits, targets, classWeights, in sizes);

    public virtual void SoftmaxCrossEntropyBackward(Tensor dLogits, Tensor loss, Tensor probabilities, Tensor targets, Tensor? classWeights, in
        SoftmaxSizes sizes) =>
        Inner.SoftmaxCrossEntropyBackward(dLogits, loss, probabilities, targets, classWeights, in sizes);

    public virtual void UpsampleArgmaxForward(Tensor labels, Tensor scores, in UpsampleSizes sizes) =>
        Inner.UpsampleArgmaxForward(labels, scores, in sizes);

    public virtual void SgdMomentumUpdate(Tensor w, Tensor velocity, Tensor g, IReadOnlyList<ParameterSegment> segments, in SgdMomentumOptions
        options, Tensor stepState) =>
        Inner.SgdMomentumUpdate(w, velocity, g, segments, in options, stepState);

    public virtual void AdamUpdate(Tensor w, Tensor m, Tensor v, Tensor g, IReadOnlyList<ParameterSegment> segments, in AdamOptions options, Tensor
        stepState) =>
        Inner.AdamUpdate(w, m, v, g, segments, in options, stepState);

    public void Dispose() => Inner.Dispose();
}
