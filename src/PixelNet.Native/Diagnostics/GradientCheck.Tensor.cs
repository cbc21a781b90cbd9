using System.Globalization;
using PixelNet.Native.Sampling;

namespace PixelNet.Native.Diagnostics;

// One gradient tensor against slopes.
public static partial class GradientCheck
{
    /// <summary>Checks the gradient of one tensor.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="meter">The objective as a function of where the tensor stands.</param>
    /// <param name="analytic">The gradient that the backward pass gave.</param>
    /// <param name="factor">What it has multiplied each derivative by; null = 1.</param>
    /// <param name="values">Where the tensor stands.</param>
    /// <param name="write">Moves it.</param>
    /// <param name="elements">Elements that are moved one by one, at most.</param>
    private static CheckRow Check(GradientName name, SlopeMeter meter, double[] analytic, double[]? factor, double[] values, Action<double[]> write, int elements)
    {
        meter.Begin();
        double typical = TensorCompare.RootMeanSquare(analytic), worst = 0;
        int ties = 0, moved = Math.Min(elements, values.Length);
        int unwritten = Array.FindIndex(analytic, double.IsNaN);
        string? fault = unwritten < 0 ? null : $"{name}: element {unwritten} is NaN: it was not written, or something was added to what had no value";
        var random = new PhiloxStream(1, SamplePurpose, (uint)values.Length, 0);
        for (int k = 0; k < moved; k++)
        {
            // One of each stretch, so that both ends are met; all where there are few.
            int first = (int)((long)k * values.Length / moved), i = first + random.NextInt((int)((k + 1L) * values.Length / moved) - first);
            var slope = meter.Along(t =>
            {
                double[] shifted = [.. values];
                shifted[i] += t;
                write(shifted);
            });
            if (slope.Kink) ties++;
            double f = factor is null ? 1 : factor[i], left = f * slope.Left, right = f * slope.Right;
            double nearest = Math.Abs(analytic[i] - left) <= Math.Abs(analytic[i] - right) ? left : right;
            Judge(Relative(analytic[i] - nearest, Math.Max(Math.Abs(nearest), typical)),
                string.Create(CultureInfo.InvariantCulture, $"element {i} is {analytic[i]:G9}, the slope {left:G9}{(slope.Kink ? $" or {right:G9} (a tie)" : "")}"));
        }
        // What the op has multiplied by 0 stays in place: it stands on the kink of the ReLU in front.
        bool[] moves = [.. values.Select((_, i) => factor is null || factor[i] != 0)];
        double[] signs = [.. moves.Select(move => move ? random.NextInt(2) * 2.0 - 1 : 0)];
        var line = Line(signs);
        if (line.Kink)
        {
            // All alike: ties stay ties.
            signs = [.. moves.Select(move => move ? 1.0 : 0)];
            line = Line(signs);
        }
        double[] derivative = [.. analytic.Select((value, i) => moves[i] ? value / (factor is null ? 1 : factor[i]) : 0)];
        double sum = derivative.Select((value, i) => signs[i] * value).Sum(), length = Math.Sqrt(derivative.Sum(value => value * value));
        double off = Math.Min(Math.Abs(sum - line.Left), Math.Abs(sum - line.Right));
        Judge(Relative(off, length), string.Create(CultureInfo.InvariantCulture,
            $"along the line that moves all {values.Length} elements the slope is {line.Left:G9}, the gradient gives {sum:G9}"));
        return new(name.Op, name.Case, name.Tensor, moved, values.Length, worst, Limit, ties == 0 ? "" : $"{ties} at a tie", fault);

        void Judge(double error, string sentence)
        {
            worst = double.IsNaN(error) || error > worst ? error : worst;
            // Written so that a NaN fails.
            if (!(error <= Limit)) fault ??= string.Create(CultureInfo.InvariantCulture, $"{name}: {sentence}: off by {error:E1}, limit {Limit:E0}");
        }

        Slope Line(double[] direction) => meter.Along(t => write([.. values.Select((value, i) => value + t * direction[i])]));
    }

    private static double Relative(double difference, double size) => difference == 0 ? 0 : Math.Abs(difference) / size;

    private readonly record struct GradientName(string Op, string Case, string Tensor)
    {
        public override string ToString() => $"{Op}: {Case}: {Tensor}";
    }
}
