using PixelNet.Native.Diagnostics;
using PixelNet.Native.Diagnostics.Cases;
using Xunit;

namespace PixelNet.Native.Backends.Tests.Ops;

public sealed class TensorCompareTests
{
    private static readonly CaseTolerance Limits = CaseTolerance.Float32;

    [Fact]
    public void One_wrong_element_is_named_with_its_index_both_values_and_the_limit()
    {
        double[] truth = [.. Enumerable.Range(0, 24).Select(i => i + 1.0)], actual = [.. truth];
        actual[17] += 1e-3;
        string? fault = TensorCompare.Check("Conv2d: odd: dw", actual, truth, Limits, terms: 4, shape: [2, 3, 4]);
        Assert.NotNull(fault);
        Assert.StartsWith("Conv2d: odd: dw[1, 1, 1] is 18.001, the truth 18: off by 1.00E-003, limit ", fault);
        Assert.EndsWith("for 4 term(s)", fault);
    }

    [Fact]
    public void Equal_tensors_and_rounded_ones_pass()
    {
        double[] truth = [1.0 / 3, -2.0 / 7, 1e-3, 0], rounded = Array.ConvertAll(truth, value => (double)(float)value);
        Assert.Null(TensorCompare.Check("y", truth, truth, Limits));
        Assert.Null(TensorCompare.Check("y", rounded, truth, Limits));
        Assert.Null(TensorCompare.CheckExact("y", rounded, truth));
        Assert.Null(TensorCompare.Check("empty", [], [], Limits));
    }

    [Fact]
    public void Small_error_everywhere_is_found_by_the_norm_though_no_element_shows_it()
    {
        double[] truth = [.. Enumerable.Repeat(1.0, 100)], actual = [.. Enumerable.Repeat(1 + 8e-6, 100)];
        double[] magnitudes = [.. Enumerable.Repeat(20.0, 100)];
        Assert.Contains("of its norm", TensorCompare.Check("y", actual, truth, Limits, terms: 1, magnitudes));
        Assert.Null(TensorCompare.Check("y", Array.ConvertAll(actual, _ => 1 + 3e-6), truth, Limits, terms: 1, magnitudes));
    }

    [Fact]
    public void Element_limit_is_four_eps_root_k_times_the_sum_of_products()
    {
        double limit = 4 * Math.Pow(2, -23) * Math.Sqrt(9) * 5;
        // A large neighbour keeps the norm-wise error small.
        Assert.Null(TensorCompare.Check("y", [limit * 0.99, 100], [0, 100], Limits, terms: 9, magnitudes: [5, 100]));
        Assert.NotNull(TensorCompare.Check("y", [limit * 1.01, 100], [0, 100], Limits, terms: 9, magnitudes: [5, 100]));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void What_is_no_number_fails(double value)
    {
        Assert.Contains("y[1]", TensorCompare.Check("y", [1, value], [1, 2], Limits));
        Assert.Contains("y[1]", TensorCompare.CheckExact("y", [1, value], [1, 2]));
        Assert.NotNull(TensorCompare.Check("y", [1, 2], [1, double.NaN], Limits));
    }

    [Fact]
    public void Zero_truth_allows_zero_only()
    {
        Assert.Null(TensorCompare.Check("y", [0, 0], [0, 0], Limits));
        Assert.NotNull(TensorCompare.Check("y", [0, 1e-30], [0, 0], Limits));
    }

    [Fact]
    public void Exact_means_the_rounded_truth()
    {
        Assert.Contains("must be exactly that", TensorCompare.CheckExact("y", [0.1], [0.1 + 1e-7]));
        Assert.Contains("elements", TensorCompare.CheckExact("y", [1], [1, 2]));
        Assert.Contains("elements", TensorCompare.Check("y", [1], [1, 2], Limits));
    }
}
