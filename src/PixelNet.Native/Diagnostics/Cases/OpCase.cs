// One case of one op: shapes, seed, value ranges, tolerances, finite-difference step, bytes and FLOPs, declared once. Its readers:
//
//   parity check      (ParityCheck)         run on a float backend and on ReferenceBackend in double from the same values; every tensor that
//                                            the op writes is compared norm-wise and element-wise (TensorCompare). The backward pass starts
//                                            from the true outputs.
//   gradient check    (GradientCheck)       on ReferenceBackend in double: for each tensor of role Gradient with GradientOf X, elements of X
//                                            are moved by -+Step and Objective is read after Forward; the difference quotient times
//                                            GradientFactors is what the backward pass must have written (or added). Tensors with Branches
//                                            tell where a kink lies (SlopeMeter). OutputGradient tensors stay as they were filled. No output
//                                            with a gradient depends on what a pass leaves in State tensors, so they need not be restored.
//   benchmarks                               run.Fill(); run.Forward(); run.Prepare(); then time c.Forward(run) or c.Backward(run);
//                                            ForwardFlops, BackwardFlops, ForwardBytes, BackwardBytes.
//
// A case holds no memory and may be shared by threads; CaseRun is the case with memory on a backend.
using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Diagnostics.Cases;

/// <summary>One case of one op, declared once for the parity test, the gradient check and the benchmarks; see the head of the file.</summary>
public abstract class OpCase
{
    private IReadOnlyList<CaseTensor>? _tensors;

    /// <summary>The op's stem, the same in every room: <c>Conv2d</c>.</summary>
    public abstract string Op { get; }

    /// <summary>What is special about this case, unique within the op.</summary>
    public required string Name { get; init; }

    /// <summary>Every value is a function of it.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Whether the case takes long on the reference backend: it is then part of the full test run only.</summary>
    public bool Long { get; init; }

    /// <summary>All tensors, in the order in which they are planned and filled.</summary>
    public IReadOnlyList<CaseTensor> Tensors => _tensors ??= [.. Declare()];

    /// <summary>Whether there is a backward pass.</summary>
    public bool HasBackward => Tensors.Any(tensor => tensor.Role == CaseRole.Gradient);

    /// <summary>
    /// Step of the central differences, in double. The truncation error is step^2 times the third derivative, the rounding error 1e-16/step
    /// times the objective: both are near 1e-10 at 1e-5 for values of order 1. Ops that are linear in each argument have no truncation
    /// error at all.
    /// </summary>
    public virtual double Step => 1e-5;

    /// <summary>Limits of a float backend against the truth in double, and why they are what they are.</summary>
    public virtual CaseTolerance Tolerance => CaseTolerance.Float32;

    /// <summary>Multiply-adds, counted as two, or other operations of the forward pass.</summary>
    public abstract long ForwardFlops { get; }

    /// <summary>The same of the backward pass.</summary>
    public virtual long BackwardFlops => 0;

    /// <summary>Least traffic of the forward pass: everything it needs read once, everything it makes written once.</summary>
    public long ForwardBytes(ElementType real) => Tensors.Sum(tensor => Bytes(tensor, real) * tensor.Role switch
    {
        CaseRole.Input or CaseRole.Parameter or CaseRole.Output => 1,
        CaseRole.State => 2,
        _ => 0,
    });

    /// <summary>Least traffic of the backward pass.</summary>
    public long BackwardBytes(ElementType real)
    {
        bool prepared = Tensors.Any(tensor => tensor.Role == CaseRole.Prepared);
        return !HasBackward ? 0 : Tensors.Sum(tensor => Bytes(tensor, real) * tensor.Role switch
        {
            CaseRole.Gradient => tensor.Accumulates ? 2 : 1,
            CaseRole.Prepared => 1,
            CaseRole.OutputGradient => prepared ? 0 : 1,
            _ => tensor.Saved ? 1 : 0,
        });
    }

    /// <summary>The memory that the op asks the backend for.</summary>
    public virtual OpMemoryRequest Describe(IBackend backend) => default;

    /// <summary>The op's forward pass: nothing else, so that it can be timed.</summary>
    public abstract void Forward(CaseRun run);

    /// <summary>Writes the tensors of role <see cref="CaseRole.Prepared"/>, on the host, after the forward pass; see there.</summary>
    public virtual void Prepare(CaseRun run)
    {
    }

    /// <summary>The op's backward pass: nothing else, so that it can be timed.</summary>
    public virtual void Backward(CaseRun run) => throw new InvalidOperationException($"{this} has no backward pass");

    /// <summary>
    /// The scalar whose gradients the backward pass gives: the sum of output gradient times output over all outputs that have one (for a loss,
    /// the loss itself).
    /// </summary>
    public virtual double Objective(CaseRun run)
    {
        double sum = 0;
        foreach (var gradient in Tensors.Where(tensor => tensor.Role == CaseRole.OutputGradient))
        {
            double[] dy = run.Read(gradient.Name), y = run.Read(gradient.GradientOf!);
            for (int i = 0; i < y.Length; i++) sum += dy[i] * y[i];
        }
        return sum;
    }

    /// <summary>
    /// What the op multiplies the derivative by, per element of the gradient tensor <paramref name="gradient"/>; null = 1. Some ops write the
    /// gradient in front of the ReLU (and dropout) whose output their input is: the factor is 0 where the input is not positive, else
    /// 1/(1 - p).
    /// </summary>
    public virtual double[]? GradientFactors(CaseRun run, CaseTensor gradient) => null;

    /// <summary>
    /// For ops whose results are sums of products: <paramref name="run"/>, in double on the reference backend, holds the absolute value of every
    /// tensor; leaves in each output and gradient the sum of the absolute products that go into each element, and returns true. False
    /// = the limit is taken from the size of the result itself.
    /// </summary>
    public virtual bool Magnitudes(CaseRun run) => false;

    /// <summary>Op and name.</summary>
    public override string ToString() => $"{Op}: {Name}";

    /// <summary>The tensors; called once.</summary>
    protected abstract IEnumerable<CaseTensor> Declare();

    /// <summary>1/(1 - p) where <paramref name="activation"/> is positive, else 0: the derivative of dropout(relu(.)) by its stored output.</summary>
    protected static double[] Mask(double[] activation, double dropout = 0) => Array.ConvertAll(activation, a => a > 0 ? 1 / (1 - dropout) : 0);

    /// <summary>Writes <paramref name="destination"/> = <paramref name="source"/> times the mask of the stored output.</summary>
    protected static void WriteMasked(CaseRun run, string destination, string source, string output, double dropout = 0)
    {
        double[] values = run.Read(source), mask = Mask(run.Read(output), dropout);
        for (int i = 0; i < values.Length; i++) values[i] *= mask[i];
        run.Write(destination, values);
    }

    private static long Bytes(CaseTensor tensor, ElementType real) => tensor.Shape.Count * (tensor.Type ?? real).Bytes();
}
