using PixelNet.Native.Backends;
using PixelNet.Native.Backends.Reference;
using PixelNet.Native.Diagnostics.Cases;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Diagnostics;

/// <summary>
/// A float backend against <see cref="ReferenceBackend"/> in double, case by case, from the same values: every tensor that the op writes, norm-wise
/// and element-wise (<see cref="TensorCompare"/>). What the op writes starts as NaN, so nothing may be left unwritten; all lies between canaries, so
/// nothing may be written outside.
/// </summary>
public static partial class ParityCheck
{
    /// <summary>Checks one case; one row per tensor that the op writes, and one for canaries where some are damaged.</summary>
    /// <param name="case">What is run.</param>
    /// <param name="backend">The float backend.</param>
    /// <param name="tolerance">Limits; null = the case's own.</param>
    public static IReadOnlyList<CheckRow> Of(OpCase @case, IBackend backend, CaseTolerance? tolerance = null)
    {
        using var reference = new ReferenceBackend();
        using var truth = new CaseRun(@case, reference, ElementType.Float64);
        using var run = new CaseRun(@case, backend);
        truth.Fill();
        truth.Forward();
        if (@case.HasBackward) truth.Backward();
        using var magnitudes = Magnitudes(truth);
        var rows = new List<CheckRow>();

        run.Fill();
        run.Forward();
        Compare(CaseRole.Output);
        Compare(CaseRole.State);
        if (@case.HasBackward)
        {
            // From the true outputs: a ReLU at a rounding's distance from 0 is no error of the backward pass.
            foreach (var tensor in @case.Tensors.Where(tensor => tensor.Role == CaseRole.Output)) run.Write(tensor.Name, truth.Read(tensor.Name));
            run.Backward();
            Compare(CaseRole.Gradient);
        }
        foreach (var guarded in (CaseRun[])[truth, run])
            if (guarded.DamagedCanary() is { } damage) rows.Add(new(@case.Op, @case.Name, "canaries", 0, 0, double.NaN, 0, "", damage));
        return rows;

        void Compare(CaseRole role)
        {
            foreach (var tensor in @case.Tensors.Where(tensor => tensor.Role == role))
                rows.Add(Compared(@case, tensor, run.Read(tensor.Name), truth.Read(tensor.Name), magnitudes?.Read(tensor.Name), tolerance ?? @case.Tolerance));
        }
    }

    private static CheckRow Compared(OpCase @case, CaseTensor tensor, double[] actual, double[] expected, double[]? magnitudes, CaseTolerance tolerance)
    {
        int[] shape = [.. Enumerable.Range(0, tensor.Shape.Rank).Select(axis => tensor.Shape[axis])];
        string name = $"{@case}: {tensor.Name}";
        double error = TensorCompare.RelativeError(actual, expected);
        CheckRow Row(double limit, string note, string? fault) => new(@case.Op, @case.Name, tensor.Name, actual.Length, actual.Length, error, limit, note, fault);
        if (tensor.Exact || !tensor.IsReal) return Row(tolerance.Epsilon / 2, "rounded, else exact", TensorCompare.CheckExact(name, actual, expected, shape));
        if (tensor.Mixed) magnitudes = Array.ConvertAll(expected, Math.Abs);
        double share = TensorCompare.WorstElement(actual, expected, tolerance, tensor.Terms, magnitudes);
        return Row(tolerance.NormWise, FormattableString.Invariant($"worst element {100 * share:F0} % of its limit"),
            TensorCompare.Check(name, actual, expected, tolerance, tensor.Terms, magnitudes, shape));
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
