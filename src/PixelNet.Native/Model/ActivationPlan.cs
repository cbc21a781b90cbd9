using PixelNet.Native.Tensors;

namespace PixelNet.Native.Model;

/// <summary>
/// Where the trunk's maps lie. In training every output is kept for the backward pass, and gradients live in two buffers by turns: an op reads the one and
/// writes the other. In inference only tapped maps are kept, and the other outputs live in two buffers by turns. A buffer is as large as the largest map
/// that gets it, which a rehearsal of the same walk through the trunk has found.
/// </summary>
internal sealed class ActivationPlan
{
    private readonly MemoryPlan _plan;
    private readonly ModelMode _mode;
    private readonly ElementType _real;
    private readonly Tensor?[] _turns = new Tensor?[2];
    private readonly Shape?[] _largest = new Shape?[2];
    private readonly Tensor? _argmax;
    private Shape? _largestArgmax;
    private int _turn;

    /// <summary>Plans the buffers that are shared.</summary>
    /// <param name="plan">The model's plan; in a rehearsal one that is thrown away.</param>
    /// <param name="mode">What is kept.</param>
    /// <param name="real">Float32 or Float64.</param>
    /// <param name="rehearsal">The rehearsal; null = this is it, and nothing is shared.</param>
    public ActivationPlan(MemoryPlan plan, ModelMode mode, ElementType real, ActivationPlan? rehearsal)
    {
        (_plan, _mode, _real) = (plan, mode, real);
        if (rehearsal is null) return;
        for (int turn = 0; turn < _turns.Length; turn++)
            if (rehearsal._largest[turn] is { } shape) _turns[turn] = Keep($"{(mode == ModelMode.Training ? "gradient" : "map")} {turn}", shape);
        if (mode == ModelMode.Inference && rehearsal._largestArgmax is { } largest) _argmax = plan.Add("argmax", largest, MemoryKind.Activations, ElementType.UInt8);
    }

    /// <summary>A tensor of its own: a tap, statistics.</summary>
    public Tensor Keep(string name, Shape shape) => _plan.Add(name, shape, MemoryKind.Activations, _real);

    /// <summary>An output that, but for the backward pass, only the next op reads.</summary>
    public Tensor Output(string name, Shape shape) => _mode == ModelMode.Training ? Keep(name, shape) : Next(name, shape);

    /// <summary>Positions of maxima, which only the backward pass reads.</summary>
    public Tensor Argmax(string name, Shape shape)
    {
        _largestArgmax = Larger(_largestArgmax, shape);
        return _argmax?.View(name, shape) ?? _plan.Add(name, shape, MemoryKind.Activations, ElementType.UInt8);
    }

    /// <summary>The gradient of the next output up the trunk, in training.</summary>
    public Tensor Gradient(string name, Shape shape) => Next("d" + name, shape);

    private Tensor Next(string name, Shape shape)
    {
        _turn ^= 1;
        _largest[_turn] = Larger(_largest[_turn], shape);
        return _turns[_turn]?.View(name, shape) ?? Keep(name, shape);
    }

    private static Shape Larger(Shape? a, Shape b) => a is { } shape && shape.Count >= b.Count ? shape : b;
}
