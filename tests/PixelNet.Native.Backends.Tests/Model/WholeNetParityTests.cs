using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Diagnostics;
using PixelNet.Native.Diagnostics.Cases;
using PixelNet.Native.Model;
using Xunit;

namespace PixelNet.Native.Backends.Tests.Model;

/// <summary>
/// Forward and backward of whole nets on the CPU against the same in double, with channels enough for Winograd's convolution: odd sizes, sizes that are no
/// multiple of 16, images of one row and of one column, batches of 1 to 8. The tiny nets of <see cref="NetCase.All"/> have too few.
/// </summary>
public sealed class WholeNetParityTests
{
    private static readonly string[] ToConv3 = [.. PixelNetConfig.TapNames.Take(3)];

    /// <summary>Taps, batch normalisation, N, H, W.</summary>
    public static TheoryData<string[], bool, int, int, int> Nets => new()
    {
        { ToConv3, false, 1, 37, 51 },
        { ToConv3, true, 8, 13, 17 },
        { ToConv3, false, 5, 21, 4 },
        { ["conv1_2", "conv2_2"], false, 3, 2, 63 },
        { ["conv1_2"], false, 8, 1, 45 },
        { ["conv1_2"], true, 2, 39, 1 },
    };

    [Theory]
    [MemberData(nameof(Nets))]
    public void Small_nets_agree_with_double(string[] taps, bool batchNorm, int n, int h, int w) => AssertAgrees(taps, batchNorm, n, h, w);

    [Theory]
    [InlineData(1, 33, 47)]
    [InlineData(2, 50, 22)]
    [InlineData(7, 16, 19)]
    [InlineData(8, 17, 16)]
    [Trait("Category", "All")]
    public void Nets_to_conv5_agree_with_double(int n, int h, int w) => AssertAgrees([.. PixelNetConfig.TapNames.Take(5)], batchNorm: false, n, h, w);

    private static void AssertAgrees(string[] taps, bool batchNorm, int n, int h, int w)
    {
        var net = new NetCase
        {
            Name = $"{string.Join(' ', taps)}{(batchNorm ? ", batch norm" : "")}, {n} x {h}x{w}",
            Config = new() { Width = 1.0 / 4, BatchNorm = batchNorm, Taps = taps, Head = [24, 16], Classes = 5 },
            Input = new(n, h, w),
            Samples = 40,
            Tolerance = CaseTolerance.Float32 with { NormWise = batchNorm ? 5e-5 : 2e-5, Reason = "the errors of up to thirteen convolutions by F(4x4,3x3), there and back, add up" },
        };
        foreach (bool exact in new[] { false, true })
        {
            using var backend = new CpuBackend(2, exact);
            foreach (var row in ParityCheck.Of(net, backend)) Assert.True(row.Passed, row.Fault);
        }
    }
}
