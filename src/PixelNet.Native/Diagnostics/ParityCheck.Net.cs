using PixelNet.Native.Backends;
using PixelNet.Native.Backends.Reference;
using PixelNet.Native.Diagnostics.Cases;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Diagnostics;

// A whole net in float against the same in double.
public static partial class ParityCheck
{
    private const uint Seeds = 20;

    /// <summary>
    /// Checks a whole net: loss, probabilities, running statistics and every parameter gradient, norm-wise. Where rounding moves a ReLU's input across 0,
    /// or makes another of four values the largest, a whole gradient comes or goes and nothing is wrong: such values are drawn again.
    /// </summary>
    public static IReadOnlyList<CheckRow> Of(NetCase @case, IBackend backend)
    {
        using var reference = new ReferenceBackend();
        for (uint seed = 1; seed <= Seeds; seed++)
        {
            using var truth = new NetRun(@case, reference, ElementType.Float64, seed);
            using var run = new NetRun(@case, backend, ElementType.Float32, seed);
            double expected = truth.Forward(), loss = run.Forward();
            if (!truth.Branches().AsSpan().SequenceEqual(run.Branches())) continue;
            truth.Backward();
            run.Backward();
            return
            [
                Row(@case, "loss", [loss], [expected]),
                Compare("probabilities", run.Model.Head.Probabilities, truth.Model.Head.Probabilities),
                .. run.Model.Parameters.Statistics.Zip(truth.Model.Parameters.Statistics, (actual, exact) => Compare(actual.Name, actual, exact)),
                .. run.Model.Parameters.All.Zip(truth.Model.Parameters.All).Where(pair => !pair.First.Frozen)
                    .Select(pair => Compare($"d{pair.First.Name}", pair.First.Gradient!, pair.Second.Gradient!)),
            ];

            CheckRow Compare(string name, Tensor actual, Tensor exact) => Row(@case, name, run.Read(actual), truth.Read(exact));
        }
        return [new(NetCase.Op, @case.Name, "branches", 0, 0, double.NaN, 0, "",
            $"{@case}: signs and maxima differ from those in double whatever the values, {Seeds} times")];
    }

    private static CheckRow Row(NetCase @case, string name, double[] actual, double[] expected)
    {
        double error = TensorCompare.RelativeError(actual, expected), limit = @case.Tolerance.NormWise;
        return new(NetCase.Op, @case.Name, name, actual.Length, actual.Length, error, limit, "", error <= limit ? null
            : FormattableString.Invariant($"{@case}: {name} is off by {error:E2} of its norm, limit {limit:E2}"));
    }
}
