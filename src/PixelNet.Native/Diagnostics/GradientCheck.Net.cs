using PixelNet.Native.Backends;
using PixelNet.Native.Diagnostics.Cases;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Diagnostics;

// A whole net: the slope of the loss along every parameter.
public static partial class GradientCheck
{
    /// <summary>Checks a whole net; one row a parameter tensor. What is frozen must have kept its gradient of 0.</summary>
    /// <param name="case">The net.</param>
    /// <param name="backend">Of double tensors: the reference backend, or one that wraps it.</param>
    /// <param name="elements">Elements of each tensor that are moved one by one, at most.</param>
    public static IReadOnlyList<CheckRow> Of(NetCase @case, IBackend backend, int elements = DefaultElements)
    {
        using var run = new NetRun(@case, backend, ElementType.Float64);
        run.Forward();
        run.Backward();
        var parameters = run.Model.Parameters.All;
        var gradients = parameters.Select(parameter => run.Read(parameter.Gradient!)).ToArray();
        var meter = new SlopeMeter(run.Forward, run.Branches, @case.Step);
        var rows = new List<CheckRow>();
        foreach (var (parameter, gradient) in parameters.Zip(gradients))
        {
            var name = new GradientName(NetCase.Op, @case.Name, $"d{parameter.Name}");
            double[] start = run.Read(parameter.Value);
            rows.Add(parameter.Frozen ? Untouched(name, gradient) : Check(name, meter, gradient, null, start, values => run.Write(parameter.Value, values), elements));
            run.Write(parameter.Value, start);
        }
        return rows;
    }
}
