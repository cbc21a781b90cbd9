namespace PixelNet.Native.Cuda.Kernels;

/// <summary>Every pass of every op, and so every kernel of <c>kernels/</c>: a test compares it with the PTX, entry by entry.</summary>
public static class KernelCatalogue
{
    /// <summary>All passes, op by op in the order of a training step.</summary>
    public static IReadOnlyList<KernelPass> Passes { get; } =
    [
        FillKernels.Forward,
        NormalizeKernels.Forward,
        Conv2dKernels.Forward, Conv2dKernels.BackwardInput, Conv2dKernels.BackwardWeight, Conv2dKernels.BackwardBias, Conv2dKernels.BackwardSum,
        BatchNormKernels.ForwardStatistics, BatchNormKernels.ForwardFinish, BatchNormKernels.Forward,
        BatchNormKernels.BackwardSums, BatchNormKernels.BackwardFinish, BatchNormKernels.Backward,
        MaxPool2dKernels.Forward, MaxPool2dKernels.Backward,
        HypercolumnKernels.Forward, HypercolumnKernels.Backward, HypercolumnKernels.BackwardAtomic, HypercolumnSumKernels.Forward,
        DropoutKernels.Forward, DropoutKernels.Backward,
        LinearKernels.Forward, LinearKernels.BackwardInput, LinearKernels.BackwardWeight, LinearKernels.BackwardBias, LinearKernels.BackwardSum,
        LinearKernels.Epilogues,
        SoftmaxCrossEntropyKernels.Forward, SoftmaxCrossEntropyKernels.Backward, SoftmaxCrossEntropyKernels.ForwardBackward,
        UpsampleArgmaxKernels.Forward,
        PixelMlpKernels.Forward, PixelMlpKernels.Backward, PixelMlpKernels.BackwardWeight, PixelMlpKernels.BackwardReduce,
        SgdMomentumKernels.Update,
        AdamKernels.Update,
    ];

    /// <summary>All entries.</summary>
    public static IEnumerable<KernelEntry> Entries => Passes.SelectMany(pass => pass.Entries);
}
