using CsCheck;
using PixelNet.Native.Diagnostics.Cases;

namespace PixelNet.Native.Backends.Tests.Ops;

/// <summary>Random small cases of every op whose sizes matter.</summary>
internal static class RandomCases
{
    private static readonly Gen<int> Channels = Gen.Int[1, 40];
    private static readonly Gen<int> Side = Gen.Int[1, 12];
    private static readonly Gen<float> Dropout = Gen.OneOf(0f, 0.25f, 0.5f);

    public static Gen<OpCase> Any { get; } = Gen.OneOf(Convolutions, Layers, Norms, Pools, Hypercolumns, HypercolumnSums, Heads, Losses, Upsamplings);

    private static Gen<OpCase> Convolutions =>
        from image in Gen.Select(Gen.Int[1, 8], Side, Side)
        from channels in Gen.Select(Channels, Channels)
        from filter in Gen.Select(Gen.Int[1, 5], Gen.Int[1, 5], Gen.Int[0, 2], Gen.Int[0, 2])
        from flags in Flags
        let sizes = new Conv2dSizes(image.Item1, image.Item2, image.Item3, channels.Item1, channels.Item2,
            filter.Item1, filter.Item2, Math.Min(filter.Item3, filter.Item1 - 1), Math.Min(filter.Item4, filter.Item2 - 1))
        where sizes is { P: > 0, Q: > 0 }
        select (OpCase)new Conv2dCase { Name = $"{sizes}", Sizes = sizes, Bias = flags.A, Relu = flags.B, Activation = flags.C };

    private static Gen<OpCase> Layers =>
        from sizes in Gen.Select(Gen.Int[1, 90], Gen.Int[1, 90], Gen.Int[1, 70], (m, i, o) => new LinearSizes(m, i, o))
        from dropout in Gen.Select(Dropout, Dropout)
        from flags in Flags
        let epilogue = new LinearEpilogue(flags.B, flags.B ? dropout.Item1 : 0, 4)
        select (OpCase)new LinearCase
        {
            Name = $"{sizes} {epilogue}", Sizes = sizes, Epilogue = epilogue, Bias = flags.A, Activation = flags.C, InputDropout = flags.C ? dropout.Item2 : 0,
        };

    private static Gen<OpCase> Norms =>
        from sizes in Gen.Select(Gen.Int[16, 300], Channels, (rows, c) => new BatchNormSizes(rows, c))
        from statistics in Gen.OneOf(Enum.GetValues<BatchNormStatistics>())
        from flags in Flags
        select (OpCase)new BatchNormCase
        {
            Name = $"{sizes} {statistics}", Sizes = sizes, Statistics = statistics, Affine = flags.A, Relu = flags.B, InPlace = flags.C, Mean = 1,
        };

    private static Gen<OpCase> Pools =>
        from sizes in Gen.Select(Gen.Int[1, 8], Side, Side, Channels, (n, h, w, c) => new MaxPool2dSizes(n, h, w, c))
        from flags in Flags
        select (OpCase)new MaxPool2dCase { Name = $"{sizes}", Sizes = sizes, Activation = flags.A, Ties = !flags.A && flags.B };

    private static Gen<OpCase> Hypercolumns =>
        from image in Gen.Select(Gen.Int[1, 8], Gen.Int[8, 40], Gen.Int[8, 40])
        from m in Gen.Int[1, 120]
        from levels in Gen.Select(Gen.OneOf(1, 2, 4, 8), Channels).List[1, 4]
        from flags in Flags
        select (OpCase)new HypercolumnCase
        {
            Name = $"{image} {m} [{string.Join(' ', levels)}]", N = image.Item1, H = image.Item2, W = image.Item3, M = m,
            Strides = [.. levels.Select(level => level.Item1)], Channels = [.. levels.Select(level => level.Item2)],
            Activation = flags.A, Standardize = flags.B, Mode = flags.C ? GradientMode.Accumulate : GradientMode.Overwrite, Distinct = m > 60 ? 5 : 0,
        };

    private static Gen<OpCase> HypercolumnSums =>
        from image in Gen.Select(Gen.Int[1, 8], Gen.Int[16, 70], Gen.Int[16, 70])
        from m in Gen.Int[1, 120]
        from c in Channels
        from strides in Gen.OneOf(1, 2, 4, 8, 16).List[1, 5]
        from relu in Gen.Bool
        select (OpCase)new HypercolumnSumCase
        {
            Name = $"{image} {m} {c} [{string.Join(' ', strides)}]", N = image.Item1, H = image.Item2, W = image.Item3, M = m, C = c, Strides = [.. strides], Relu = relu,
        };

    private static Gen<OpCase> Heads =>
        from sizes in Gen.Select(Gen.Int[1, 200], Gen.Int[1, 60], Gen.Int[4, 40].List[0, 3], Gen.Int[2, 25],
            (m, d, hidden, l) => new PixelMlpSizes(m, d, hidden, l))
        from dropout in Dropout
        from flags in Flags
        select (OpCase)new PixelMlpCase
        {
            Name = $"{sizes.M} {sizes.D} [{string.Join(' ', sizes.Hidden)}] {sizes.L}", Sizes = sizes, Dropout = dropout,
            Targets = flags.A ? CaseTargets.SomeIgnored : CaseTargets.AllValid, ClassWeights = flags.B, WantsDX = flags.C,
        };

    private static Gen<OpCase> Losses =>
        from sizes in Gen.Select(Gen.Int[1, 300], Gen.Int[1, 40], (m, l) => new SoftmaxSizes(m, l))
        from flags in Flags
        select (OpCase)new SoftmaxCrossEntropyCase
        {
            Name = $"{sizes}", Sizes = sizes, Targets = flags.A ? CaseTargets.SomeIgnored : CaseTargets.AllValid, ClassWeights = flags.B, InPlace = flags.C,
        };

    // Powers of two and scores on a grid: float is exact, so a tie is a tie in double too.
    private static Gen<OpCase> Upsamplings =>
        from sizes in Gen.Select(Side, Side, Gen.Int[1, 30], Gen.OneOf(1, 2, 4), Gen.OneOf(1, 2, 4),
            (h, w, l, y, x) => new UpsampleSizes(h, w, l, h * y, w * x))
        select (OpCase)new UpsampleArgmaxCase { Name = $"{sizes}", Sizes = sizes, Ties = true };

    private static Gen<(bool A, bool B, bool C)> Flags => Gen.Select(Gen.Bool, Gen.Bool, Gen.Bool);
}
