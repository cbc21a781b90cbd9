namespace PixelNet.Native.Diagnostics.Cases;

/// <summary>Every case of every op.</summary>
public static class OpCases
{
    /// <summary>All cases, op by op in the order of a training step.</summary>
    public static IReadOnlyList<OpCase> All { get; } =
    [
        .. FillCase.All,
        .. NormalizeCase.All,
        .. Conv2dCase.All,
        .. BatchNormCase.All,
        .. MaxPool2dCase.All,
        .. HypercolumnCase.All,
        .. HypercolumnSumCase.All,
        .. LinearCase.All,
        .. DropoutCase.All,
        .. PixelMlpCase.All,
        .. SoftmaxCrossEntropyCase.All,
        .. UpsampleArgmaxCase.All,
        .. SgdMomentumCase.All,
        .. AdamCase.All,
    ];
}
