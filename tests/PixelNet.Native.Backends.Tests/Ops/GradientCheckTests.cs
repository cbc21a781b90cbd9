using CsCheck;
using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Backends.Reference;
using PixelNet.Native.Diagnostics;
using PixelNet.Native.Diagnostics.Cases;
using Xunit;

namespace PixelNet.Native.Backends.Tests.Ops;

/// <summary>Every gradient that is written out, of each op and of whole nets, against central differences in double; and whole nets in float against double.</summary>
public sealed class GradientCheckTests
{
    public static TheoryData<string> Quick => [.. OpCases.All.Where(c => c.HasBackward && !c.Long).Select(c => c.ToString())];

    public static TheoryData<string> All => [.. OpCases.All.Where(c => c.HasBackward).Select(c => c.ToString())];

    public static TheoryData<string> Nets => [.. NetCase.All.Select(c => c.ToString())];

    [Theory]
    [MemberData(nameof(Quick))]
    public void Gradient_of_an_op_is_the_slope(string name) => CheckOp(OpCases.All.Single(c => c.ToString() == name), 24);

    [Theory]
    [MemberData(nameof(All))]
    [Trait("Category", "All")]
    public void Gradient_of_an_op_is_the_slope_at_many_elements(string name)
    {
        var c = OpCases.All.Single(c => c.ToString() == name);
        CheckOp(c, c.Long ? 3 : 150);
    }

    [Theory]
    [MemberData(nameof(Nets))]
    public void Gradient_of_a_net_is_the_slope(string name) => CheckNet(name, 1);

    [Theory]
    [MemberData(nameof(Nets))]
    [Trait("Category", "All")]
    public void Gradient_of_a_net_is_the_slope_at_many_elements(string name) => CheckNet(name, 6);

    [Theory]
    [MemberData(nameof(Nets))]
    public void Net_in_float_is_the_net_in_double(string name)
    {
        using var reference = new ReferenceBackend();
        using var cpu = new CpuBackend(2);
        foreach (var backend in (IBackend[])[reference, cpu]) Report(ParityCheck.Of(NetCase.All.Single(c => c.ToString() == name), backend));
    }

    [Fact]
    [Trait("Category", "All")]
    public void Gradient_of_an_op_is_the_slope_at_random_sizes() => RandomCases.Any.Where(c => c.HasBackward).Sample(c => CheckOp(c, 12), iter: 150, threads: 1);

    private static void CheckOp(OpCase c, int elements)
    {
        using var backend = new ReferenceBackend();
        Report(GradientCheck.Of(c, backend, elements));
    }

    private static void CheckNet(string name, int elements)
    {
        using var backend = new ReferenceBackend();
        Report(GradientCheck.Of(NetCase.All.Single(c => c.ToString() == name), backend, elements));
    }

    private static void Report(IReadOnlyList<CheckRow> rows)
    {
        Assert.NotEmpty(rows);
        foreach (var row in rows)
            if (!row.Passed) Assert.Fail(row.Fault!);
    }
}
