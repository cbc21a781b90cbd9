using CsCheck;
using PixelNet.Native.Backends.Reference;
using PixelNet.Native.Diagnostics;
using PixelNet.Native.Diagnostics.Cases;
using PixelNet.Native.Tensors;
using Xunit;

namespace PixelNet.Native.Backends.Tests.Ops;

/// <summary>
/// What every float backend has to pass: each case of each op against ReferenceBackend in double, from the same values. Tensors that the op
/// writes start as NaN, so nothing may be left unwritten; all lie between canaries, so nothing may be written outside. A new backend
/// derives from this class and is done.
/// </summary>
public abstract class OpSuite
{
    public static TheoryData<string> Quick => [.. OpCases.All.Where(c => !c.Long).Select(c => c.ToString())];

    public static TheoryData<string> Long => [.. OpCases.All.Where(c => c.Long).Select(c => c.ToString())];

    /// <summary>The backend under test.</summary>
    protected abstract IBackend Create();

    /// <summary>Whether the backend has this op; one that is being written leaves the others out.</summary>
    protected virtual bool Has(string op) => true;

    [Theory]
    [MemberData(nameof(Quick))]
    public void Equals_the_reference_in_double(string name) => Check(OpCases.All.Single(c => c.ToString() == name));

    [Theory]
    [MemberData(nameof(Long))]
    [Trait("Category", "All")]
    public void Equals_the_reference_in_double_at_size(string name) => Check(OpCases.All.Single(c => c.ToString() == name));

    /// <summary>Sizes and switches that nobody thought of; a failure prints the seed that repeats it.</summary>
    [Fact]
    [Trait("Category", "All")]
    public void Equals_the_reference_in_double_at_random_sizes() => RandomCases.Any.Where(c => Has(c.Op)).Sample(Check, iter: 1000, threads: 1);

    /// <summary>The write rule of IBackend: run twice, what accumulates has doubled, and everything else is what it was.</summary>
    [Fact]
    public void Second_backward_pass_adds_to_parameter_gradients_and_overwrites_the_others()
    {
        using var backend = Create();
        foreach (var c in OpCases.All.Where(c => c.HasBackward && !c.Long && Has(c.Op)))
        {
            using var run = new CaseRun(c, backend);
            run.Fill(zeroGradients: true);
            run.Forward();
            run.Backward();
            var once = c.Tensors.ToDictionary(tensor => tensor.Name, tensor => run.Read(tensor.Name));
            run.Backward();
            foreach (var tensor in c.Tensors.Where(tensor => tensor.Role is CaseRole.Output or CaseRole.Gradient))
            {
                double[] twice = run.Read(tensor.Name), expected = once[tensor.Name];
                if (tensor is { Role: CaseRole.Gradient, Accumulates: true }) expected = Array.ConvertAll(expected, value => 2 * value);
                double error = TensorCompare.RelativeError(twice, expected);
                Assert.True(tensor.Accumulates ? error < 1e-6 : error == 0, $"{c}: {tensor.Name} after two passes is off by {error:E1}");
            }
        }
    }

    /// <summary>The case's limits; a suite of less exact arithmetic widens them.</summary>
    protected virtual CaseTolerance Tolerance(OpCase c) => c.Tolerance;

    private void Check(OpCase c)
    {
        Assert.SkipUnless(Has(c.Op), $"the backend has no {c.Op} yet");
        using var truthBackend = new ReferenceBackend();
        using var backend = Create();
        using var truth = new CaseRun(c, truthBackend, ElementType.Float64);
        using var run = new CaseRun(c, backend);
        truth.Fill();
        truth.Forward();
        if (c.HasBackward) truth.Backward();
        Assert.Null(truth.DamagedCanary());
        using var magnitudes = Magnitudes(truth);

        run.Fill();
        run.Forward();
        Compare(CaseRole.Output);
        Compare(CaseRole.State);
        Assert.Null(run.DamagedCanary());
        if (!c.HasBackward) return;
        // From the true outputs: a ReLU at a rounding's distance from 0 is no error of the backward pass.
        foreach (var tensor in c.Tensors.Where(tensor => tensor.Role == CaseRole.Output)) run.Write(tensor.Name, truth.Read(tensor.Name));
        run.Backward();
        Compare(CaseRole.Gradient);
        Assert.Null(run.DamagedCanary());

        void Compare(CaseRole role)
        {
            foreach (var tensor in c.Tensors.Where(tensor => tensor.Role == role))
            {
                int[] shape = [.. Enumerable.Range(0, tensor.Shape.Rank).Select(axis => tensor.Shape[axis])];
                double[] actual = run.Read(tensor.Name), expected = truth.Read(tensor.Name);
                double[]? sizes = tensor.Mixed ? Array.ConvertAll(expected, Math.Abs) : magnitudes?.Read(tensor.Name);
                string? fault = tensor.Exact || !tensor.IsReal
                    ? TensorCompare.CheckExact($"{c}: {tensor.Name}", actual, expected, shape)
                    : TensorCompare.Check($"{c}: {tensor.Name}", actual, expected, Tolerance(c), tensor.Terms, sizes, shape);
                if (fault is not null) Assert.Fail(fault);
            }
        }
    }

    /// <summary>The sums of absolute products: the case run once more in double on the absolute values of everything it read.</summary>
    private static CaseRun? Magnitudes(CaseRun truth)
    {
        var run = new CaseRun(truth.Case, truth.Backend, ElementType.Float64);
        run.Fill();
        foreach (var tensor in truth.Case.Tensors)
        {
            // What accumulates starts from its first values; everything else is as the truth ended.
            var source = tensor.Role is CaseRole.Gradient or CaseRole.State ? run : truth;
            double[] values = source.Read(tensor.Name);
            run.Write(tensor.Name, tensor.IsReal ? Array.ConvertAll(values, Math.Abs) : values);
        }
        if (truth.Case.Magnitudes(run)) return run;
        run.Dispose();
        return null;
    }
}
