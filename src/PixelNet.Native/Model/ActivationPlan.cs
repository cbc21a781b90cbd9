using PixelNet.Native.Tensors;

namespace PixelNet.Native.Model;

/// <summary>
/// Where the trunk's maps lie. In training every output is kept for the backward pass, and gradients live in two buffers of the largest map's size,
/// by turns: an op reads the one and writes the other. In inference only tapped maps are kept, and the other outputs live in two buffers by turns.
/// </summary>
/// <param name="plan">The model's plan.</param>
/// <param name="mode">What is kept.</param>
/// <param name="largest">Shape of the largest map that takes turns; null = none does.</param>
/// <param name="real">Float32 or Float64.</param>
internal sealed class ActivationPlan(MemoryPlan plan, ModelMode mode, Shape? largest, ElementType real)
{
    private readonly Tensor[] _turns = largest is { } shape ? [Turn(plan, mode, 0, shape, real), Turn(plan, mode, 1, shape, real)] : [];
    private readonly Tensor? _argmax = largest is { } shape && mode == ModelMode.Inference
        ? plan.Add("argmax", shape, MemoryKind.Activations, ElementType.UInt8) : null;
    private int _turn;

    /// <summary>A tensor of its own: a tap, statistics.</summary>
    public Tensor Keep(string name, Shape shape) => plan.Add(name, shape, MemoryKind.Activations, real);

    /// <summary>An output that, but for the backward pass, only the next op reads.</summary>
    public Tensor Output(string name, Shape shape) => mode == ModelMode.Training ? Keep(name, shape) : Next(name, shape);

    /// <summary>Positions of maxima, which only the backward pass reads.</summary>
    public Tensor Argmax(string name, Shape shape) => _argmax?.View(name, shape) ?? plan.Add(name, shape, MemoryKind.Activations, ElementType.UInt8);

    /// <summary>The gradient of the next output up the trunk, in training.</summary>
    public Tensor Gradient(string name, Shape shape) => Next("d" + name, shape);

    private Tensor Next(string name, Shape shape) => _turns[_turn ^= 1].View(name, shape);

    private static Tensor Turn(MemoryPlan plan, ModelMode mode, int turn, Shape shape, ElementType real) =>
        plan.Add($"{(mode == ModelMode.Training ? "gradient" : "map")} {turn}", shape, MemoryKind.Activations, real);
}
