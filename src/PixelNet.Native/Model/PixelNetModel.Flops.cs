using PixelNet.Native.Backends;

namespace PixelNet.Native.Model;

// What a pass costs: the products of convolutions and dense layers, multiply-adds counted as two. All else together is a few per cent.
public sealed partial class PixelNetModel
{
    /// <summary>FLOPs of the trunk's forward pass.</summary>
    public long TrunkFlops => Convolutions.Sum(unit => unit.Convolution.Sizes.Flops);

    /// <summary>FLOPs of the head's forward pass over M pixels.</summary>
    public long HeadFlops => HeadLayers.Sum(layer => layer.Flops);

    /// <summary>FLOPs of a training step: forward, and of the backward pass the products that something which learns needs.</summary>
    public long StepFlops => TrunkFlops + HeadFlops
        + Convolutions.Sum(unit => unit.Convolution.Sizes.Flops * ((unit.Convolution.DWeight is null ? 0 : 1) + (unit.Convolution.DX is null ? 0 : 1)))
        + 2 * HeadFlops - (Hypercolumn.DX is null ? HeadLayers.First().Flops : 0);

    private IEnumerable<ConvUnit> Convolutions => Trunk.Blocks.SelectMany(block => block.Units);

    private IEnumerable<LinearSizes> HeadLayers =>
        Enumerable.Range(0, Config.Head.Count + 1).Select(new PixelMlpSizes(SampleCount, Config.HypercolumnWidth, Config.Head, Config.Classes).Layer);
}
