using PixelNet.Native.Weights.Tests.Fuzzing;
using Xunit;

namespace PixelNet.Native.Weights.Tests;

/// <summary>Damaged files of every format; <c>./build.sh bench fuzz</c> reads many more.</summary>
public sealed class FuzzTests
{
    public static TheoryData<string> Formats => [.. FuzzTargets.Weights.Concat(FuzzTargets.Others).Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Damaged_files_are_read_or_refused(string format) => Check(format, 150, seed: 1);

    [Theory]
    [MemberData(nameof(Formats))]
    [Trait("Category", "All")]
    public void Many_damaged_files_are_read_or_refused(string format) => Check(format, 2000, seed: 2);

    private static void Check(string format, int inputs, int seed)
    {
        var counts = Fuzzer.Run(FuzzTargets.Weights.Concat(FuzzTargets.Others).Single(target => target.Name == format), inputs, seed);
        Assert.True(counts.Faults.Count == 0, string.Join(Environment.NewLine, counts.Faults.Take(20).Select(fault => fault.What)));
        // The damage is neither always fatal nor never.
        Assert.InRange(counts.Refused, inputs / 10, inputs - 1);
    }
}
