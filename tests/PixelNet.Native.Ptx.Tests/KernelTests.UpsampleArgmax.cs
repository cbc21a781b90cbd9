using PixelNet.Native.Ptx.Execution;

namespace PixelNet.Native.Ptx.Tests;

/// <summary>Labels at another size: larger, smaller, uneven, one cell, ties.</summary>
public partial class KernelTests
{
    [Theory]
    [InlineData(3, 5, 19, 24, 40, false)]
    [InlineData(7, 6, 11, 33, 17, false)]
    [InlineData(16, 21, 5, 7, 6, false)]
    [InlineData(1, 1, 6, 5, 4, false)]
    [InlineData(5, 6, 7, 10, 12, true)]
    public void UpsampleArgmax(int h, int w, int l, int outH, int outW, bool ties)
    {
        float[] scores = [.. Random(50, h * w * l).Select(v => ties ? MathF.Round(v * 2) / 4 : v)];
        var expected = new byte[outH * outW];
        for (int i = 0; i < expected.Length; i++)
        {
            var (y0, y1, fy) = Between(i / outW, h, outH);
            var (x0, x1, fx) = Between(i % outW, w, outW);
            double At(int y, int x, int c) => scores[(((y * w) + x) * l) + c];
            expected[i] = (byte)Enumerable.Range(0, l).MaxBy(c => ((1 - fy) * (((1 - fx) * At(y0, x0, c)) + (fx * At(y0, x1, c)))) + (fy * (((1 - fx) * At(y1, x0, c)) + (fx * At(y1, x1, c)))));
        }
        var (labels, _) = Run<byte>("upsample_argmax", "upsample_argmax_forward_v1", new Dim3((outW + 31) / 32, (outH + 3) / 4), new Dim3(32, 4), expected.Length,
            (d, o) => [o, Emulation.Upload(d, scores), new[] { h, w, l, outH, outW }]);
        Assert.Equal(expected, labels);

        static (int First, int Second, double Fraction) Between(int o, int n, int outN)
        {
            double t = Math.Clamp(((o + 0.5) * n / outN) - 0.5, 0, n - 1);
            return ((int)t, Math.Min((int)t + 1, n - 1), t - (int)t);
        }
    }
}
