using PixelNet.Native.Diagnostics;
using PixelNet.Native.Diagnostics.Cases;
using Xunit;

namespace PixelNet.Native.Backends.Tests.Planted;

/// <summary>The checks are checked: each of these mistakes, planted into the reference, is found and named; the reference without one passes.</summary>
public sealed class PlantedBugTests
{
    private const int Elements = 8;

    public static TheoryData<string> Names => [.. Bugs().Select(bug => bug.ToString())];

    [Theory]
    [MemberData(nameof(Names))]
    public void Bug_is_found_by_its_op_and_tensor(string name)
    {
        using var bug = Bugs().Single(bug => bug.ToString() == name);
        var cases = OpCases.All.Where(c => c.Op == bug.Op && !c.Long).ToArray();
        // A gradient is checked by slopes; an optimiser has none, and is compared with its formula in double.
        var rows = cases.SelectMany(c => c.HasBackward ? GradientCheck.Of(c, bug, Elements) : ParityCheck.Of(c, bug)).ToArray();
        var faults = rows.Where(row => !row.Passed).ToArray();
        Assert.True(faults.Length > 0, $"'{name}' passes {rows.Length} checks of {bug.Op}");
        Assert.All(faults, fault => Assert.True(bug.Spoils(fault.Tensor), $"'{name}' is blamed on {fault.Fault}"));
    }

    /// <summary>The order at the taps is the model's, not an op's: a whole net shows what becomes of it.</summary>
    [Fact]
    public void Gather_before_the_pool_is_found_in_a_whole_net()
    {
        using var bug = Bugs().Single(bug => bug.ToString() == "Gather before the pool");
        var rows = GradientCheck.Of(NetCase.All.Single(c => c.Config.Taps is ["conv2_2", "conv3_3"]), bug, elements: 2);
        // Everything up to the tap that has a pool behind it, and nothing beyond.
        Assert.Equal(["dconv1_1.weight", "dconv1_2.weight", "dconv2_1.weight", "dconv2_2.weight"], rows.Where(row => !row.Passed).Select(row => row.Tensor));
    }

    private static IEnumerable<PlantedBug> Bugs() => TrunkBugs.All().Concat(HeadBugs.All());
}
