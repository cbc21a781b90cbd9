namespace PixelNet.Native.Ptx.Tests;

/// <summary>Softmax, loss and gradient: ignored rows, class weights, large logits, several blocks, fused and in two passes.</summary>
public partial class KernelTests
{
    private sealed record Classified(double[] Probabilities, double[] Loss, double[] DLogits);

    private static Classified SoftmaxCrossEntropy(double[] z, int[] targets, float[]? weights, int m, int l)
    {
        var p = new double[m * l];
        double loss = 0, s = 0;
        int correct = 0;
        for (int i = 0; i < m; i++)
        {
            double[] row = z[(i * l)..((i + 1) * l)];
            double largest = row.Max(), sum = row.Sum(v => Math.Exp(v - largest));
            for (int c = 0; c < l; c++) p[(i * l) + c] = Math.Exp(row[c] - largest) / sum;
            int t = targets[i];
            if (t < 0 || t >= l) continue;
            double weight = weights?[t] ?? 1;
            loss += weight * (Math.Log(sum) - (row[t] - largest));
            s += weight;
            if (Array.IndexOf(row, largest) == t) correct++;
        }
        double[] dz = [.. p.Select((v, e) =>
        {
            int t = targets[e / l];
            return t < 0 || t >= l || s == 0 ? 0 : (weights?[t] ?? 1) / s * (v - (e % l == t ? 1 : 0));
        })];
        return new(p, [s == 0 ? 0 : loss / s, s, correct], dz);
    }

    private static int[] Targets(int seed, int m, int l, bool allIgnored = false)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, m).Select(_ => allIgnored || random.Next(4) == 0 ? 255 : random.Next(l))];
    }

    [Theory]
    [InlineData(70, 19, 4, false)]
    [InlineData(131, 20, 60, false)]
    [InlineData(300, 5, 1, false)]
    [InlineData(9, 1, 1, false)]
    [InlineData(12, 7, 1, true)]
    public void SoftmaxCrossEntropyForward(int m, int l, float range, bool allIgnored)
    {
        float[] z = [.. Random(30, m * l).Select(v => v * range)], weights = [.. Random(31, l).Select(MathF.Abs)];
        int[] targets = Targets(32, m, l, allIgnored);
        foreach (float[]? g in new[] { null, weights })
        {
            var truth = SoftmaxCrossEntropy([.. z.Select(v => (double)v)], targets, g, m, l);
            foreach (string entry in new[] { "forward_v1", "forward_v2", "forward_backward_v1" })
            {
                bool fused = entry.StartsWith("forward_backward", StringComparison.Ordinal);
                const int grid = 2, block = 64; // 131 and 300 rows are more than the grid: a block walks several tiles
                var (got, reports) = RunStages("softmax_cross_entropy", s =>
                {
                    ulong loss = s.Output("loss", 3), p = s.Output("rows", m * l), ticket = s.Output("ticket", [0f]);
                    s.Launch("softmax_cross_entropy_" + entry, grid, block, entry == "forward_v1" ? 0 : block * (l | 1) * 4, loss, p, s.Upload(z), s.Upload(targets),
                        g is null ? 0UL : s.Upload(g), new[] { m, l }, s.Device.Allocate(12 * grid), ticket);
                });
                Close(fused ? truth.DLogits : truth.Probabilities, got["rows"]);
                for (int i = 0; i < 3; i++) Assert.True(Math.Abs(got["loss"][i] - truth.Loss[i]) <= 1e-6 * truth.Loss[i], $"{entry}: loss {i} is {got["loss"][i]}, not {truth.Loss[i]}");
                Assert.Equal(0, got["ticket"][0]);
                // The odd row stride: no conflicts but of the few words of the loss.
                if (entry == "forward_v2" && l > 1) Assert.InRange(SectorRatio(reports), 1, 1.1);
            }
        }
    }

    [Fact]
    public void SoftmaxCrossEntropyForwardInPlaceAndBackward()
    {
        const int m = 131, l = 19;
        float[] z = Random(33, m * l), weights = [.. Random(34, l).Select(MathF.Abs)];
        int[] targets = Targets(35, m, l);
        var truth = SoftmaxCrossEntropy([.. z.Select(v => (double)v)], targets, weights, m, l);
        foreach (string entry in new[] { "forward_v1", "forward_v2" })
        {
            var (got, _) = RunStages("softmax_cross_entropy", s =>
            {
                ulong loss = s.Output("loss", 3), rows = s.Output("rows", z), g = s.Upload(weights), t = s.Upload(targets);
                s.Launch("softmax_cross_entropy_" + entry, 3, 32, entry == "forward_v1" ? 0 : 32 * (l | 1) * 4, loss, rows, rows, t, g, new[] { m, l }, s.Device.Allocate(36), s.Upload(0u));
                s.Launch("softmax_cross_entropy_backward_v1", 2, 32, 0, rows, loss, rows, t, g, new[] { m, l });
            });
            Close(truth.DLogits, got["rows"]);
            Close(truth.Loss, got["loss"]);
        }
    }
}
