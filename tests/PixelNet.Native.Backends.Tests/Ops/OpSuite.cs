using CsCheck;
using PixelNet.Native.Diagnostics;
using PixelNet.Native.Diagnostics.Cases;
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
    public void Equals_the_reference_in_double_at_random_sizes() => RandomCases.Any.Sample(Check, iter: 1000, threads: 1);

    /// <summary>The write rule of IBackend: run twice, what accumulates has doubled, and everything else is what it was.</summary>
    [Fact]
    public void Second_backward_pass_adds_to_parameter_gradients_and_overwrites_the_others()
    {
        using var backend = Create();
        foreach (var c in OpCases.All.Where(c => c.HasBackward && !c.Long))
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
        using var backend = Create();
        foreach (var row in ParityCheck.Of(c, backend, Tolerance(c)))
            if (!row.Passed) Assert.Fail(row.Fault!);
    }
}
