using PixelNet.Native.Backends;
using PixelNet.Native.Layers;
using PixelNet.Native.Model;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Evaluation;

/// <summary>The head of a prediction in bands, where <see cref="ProjectedHead"/> does not suit: hypercolumns of a tile, then every layer.</summary>
internal sealed class DirectHead
{
    private readonly IBackend _backend;
    private readonly PixelHead _head;
    private readonly IReadOnlyList<IPlannedOp> _ops;
    private readonly Tensor _x;
    private readonly Tensor? _mean, _inverseDeviation;

    /// <summary>Plans it for tiles of <paramref name="tile"/> pixels.</summary>
    public DirectHead(BandPlan plan, ModelParameters parameters, int tile, Tensor targets)
    {
        _backend = plan.Backend;
        _x = plan.Plan.Add("hypercolumns", new Shape(tile, parameters.Config.HypercolumnWidth), MemoryKind.Activations, plan.Real);
        (_mean, _inverseDeviation) = (parameters.FindStatistic("taps.mean"), parameters.FindStatistic("taps.inverse_deviation"));
        _head = new PixelHead(plan.Plan, parameters, _x, null, targets, ModelMode.Inference);
        _ops = [.. _head.Ops];
        foreach (var op in _ops) plan.Request(op.Name, null, op.Describe(_backend));
    }

    /// <summary>Takes what was asked for.</summary>
    public void TakeMemory(BandPlan plan)
    {
        foreach (var op in _ops) op.Memory = plan.MemoryOf(op.Name);
    }

    /// <summary>Probabilities [M,L] of a tile.</summary>
    public void Forward(Tensor probabilities, in TilePixels pixels, Tensor stepState)
    {
        _backend.HypercolumnForward(_x, pixels.Maps, pixels.Samples, _mean, _inverseDeviation, pixels.Levels, pixels.Samples.Shape[0]);
        _head.Forward(_backend, probabilities, stepState);
    }
}
