using PixelNet.Native.Backends;
using PixelNet.Native.Diagnostics.Cases;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Diagnostics;

/// <summary>
/// The backward pass of an op against central differences of its forward pass, in double. Each gradient is looked at twice: element by element (all,
/// or a sample of a large tensor), and along one line that moves every element at once, so that a single wrong one among the others shows.
/// </summary>
/// <remarks>
/// <para>Honest at kinks: see <see cref="SlopeMeter"/>. At a tie the gradient has to be one of the two one-sided slopes, and along the line
/// that moves all elements alike, which keeps ties, it has to be the slope: so the winner gets all and nobody gets it twice.</para>
/// <para>Honest at integer coordinates: a hypercolumn is linear in its maps, whatever its coordinates, so there is no kink; corners of weight 0
/// and corners that coincide at a border are among the cells that are moved, and a cell that no pixel touches must have gradient 0.</para>
/// <para>Honest about who writes how: what accumulates starts from values that are not 0, and must have grown by the gradient; everything else starts
/// as NaN, and must not have been added to.</para>
/// </remarks>
public static partial class GradientCheck
{
    /// <summary>Largest relative error. Truncation and rounding leave about 1e-9; a mistake in a formula leaves 1e-3 and more.</summary>
    public const double Limit = 1e-6;

    /// <summary>Elements of a tensor that are moved one by one where nothing else is asked for.</summary>
    public const int DefaultElements = 100;

    private const uint SamplePurpose = 0x6AD, LinePurpose = 0x6AE;

    /// <summary>Checks one case of an op with a backward pass; one row a gradient.</summary>
    /// <param name="case">What is run; it declares the step of the differences.</param>
    /// <param name="backend">Of double tensors: the reference backend, or one that wraps it.</param>
    /// <param name="elements">Elements of each tensor that are moved one by one, at most.</param>
    public static IReadOnlyList<CheckRow> Of(OpCase @case, IBackend backend, int elements = DefaultElements)
    {
        using var run = new CaseRun(@case, backend, ElementType.Float64);
        run.Fill();
        var gradients = @case.Tensors.Where(tensor => tensor.Role == CaseRole.Gradient && (tensor.GradientOf is not null || tensor.Accumulates)).ToArray();
        var starts = gradients.Select(gradient => gradient.Accumulates ? run.Read(gradient.Name) : new double[gradient.Shape.Count]).ToArray();
        run.Forward();
        run.Backward();
        var factors = gradients.Select(gradient => @case.GradientFactors(run, gradient)).ToArray();
        var written = gradients.Select(gradient => run.Read(gradient.Name)).ToArray();
        string? damage = run.DamagedCanary();

        double Objective()
        {
            run.Forward();
            return @case.Objective(run);
        }
        var meter = new SlopeMeter(Objective, () => Branches(run), @case.Step);
        var rows = new List<CheckRow>();
        for (int g = 0; g < gradients.Length; g++)
        {
            var (gradient, factor) = (gradients[g], factors[g]);
            double[] analytic = [.. written[g].Select((value, i) => value - starts[g][i] * (factor is null ? 1 : factor[i]))];
            var name = new GradientName(@case.Op, @case.Name, gradient.Name);
            rows.Add(gradient.GradientOf is not { } of ? Untouched(name, analytic)
                : Check(name, meter, analytic, factor, run.Read(of), values => run.Write(of, values), elements));
        }
        if (damage is not null) rows.Add(new(@case.Op, @case.Name, "canaries", 0, 0, double.NaN, 0, "", damage));
        return rows;
    }

    /// <summary>The sign of every output of a ReLU and the position of every maximum.</summary>
    private static byte[] Branches(CaseRun run) =>
        [.. run.Case.Tensors.Where(tensor => tensor.Branches).SelectMany(tensor => run.Read(tensor.Name).Select(value => tensor.IsReal ? value > 0 ? (byte)1 : (byte)0 : (byte)value))];

    private static CheckRow Untouched(GradientName name, double[] change)
    {
        double largest = change.Max(Math.Abs);
        return new(name.Op, name.Case, name.Tensor, change.Length, change.Length, largest, 0, "nothing learns: left alone",
            largest == 0 ? null : $"{name} has changed, though nothing learns");
    }
}
