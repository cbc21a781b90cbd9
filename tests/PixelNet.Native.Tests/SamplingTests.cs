using CsCheck;
using PixelNet.Native.Backends;
using PixelNet.Native.Sampling;
using PixelNet.Native.Testing;
using Xunit;

namespace PixelNet.Native.Tests;

public sealed class SamplingTests
{
    private sealed record Scene(NormalizeSizes Sizes, int M, SamplingMode Mode, ulong Seed, long Step, byte[] Labels)
    {
        public SamplingOutcome Sample(out int[] samples, out int[] targets)
        {
            (samples, targets) = (new int[3 * M], new int[M]);
            return new PixelSampler(Sizes, Mode, Seed).Sample(Step, Labels, samples, targets);
        }

        public int[] ValidPerImage => [.. Labels.Chunk(Sizes.H * Sizes.W).Select(image => image.Count(label => label != 255))];
    }

    private static readonly Gen<Scene> Scenes =
        from n in Gen.Int[1, 4]
        from h in Gen.Int[1, 12]
        from w in Gen.Int[1, 20]
        from m in Gen.Int[1, 300]
        from balanced in Gen.Bool
        from seed in Gen.ULong
        from step in Gen.Long[1, 1_000_000]
        from share in Gen.Int[0, 4]
        from labels in Gen.Int[0, 11].Select(v => (byte)(v >= 3 + 2 * share ? 255 : v % 5)).Array[n * h * w]
        select new Scene(new NormalizeSizes(n, h, w), m, balanced ? SamplingMode.Balanced : SamplingMode.Uniform, seed, step, labels);

    [Fact]
    public void Samples_are_valid_pixels_in_raster_order_in_equal_shares() => Scenes.Sample(scene =>
    {
        var valid = scene.ValidPerImage;
        if (valid.All(count => count == 0))
        {
            Assert.Contains($"step {scene.Step} ", Assert.Throws<PixelNetException>(() => scene.Sample(out _, out _)).Message);
            return;
        }
        var outcome = scene.Sample(out var samples, out var targets);
        var positions = new long[scene.M];
        for (int i = 0; i < scene.M; i++)
        {
            positions[i] = ((long)samples[3 * i] * scene.Sizes.H + samples[3 * i + 1]) * scene.Sizes.W + samples[3 * i + 2];
            Assert.InRange(samples[3 * i + 1], 0, scene.Sizes.H - 1);
            Assert.InRange(samples[3 * i + 2], 0, scene.Sizes.W - 1);
            Assert.NotEqual(255, targets[i]);
            Assert.Equal(scene.Labels[positions[i]], targets[i]);
        }
        Assert.Equal(positions.Order(), positions);

        var shares = Enumerable.Range(0, scene.Sizes.N).Select(n => Enumerable.Range(0, scene.M).Count(i => samples[3 * i] == n)).ToArray();
        var given = shares.Where((_, n) => valid[n] > 0).ToArray();
        Assert.InRange(given.Max() - given.Min(), 0, 1);
        Assert.Equal(outcome.ShortImage >= 0, valid.Where((count, n) => count < Math.Max(shares[n], 1)).Any());
        if (scene.Mode == SamplingMode.Uniform)
            // Without replacement: every valid pixel of an image equally often, up to one.
            for (int n = 0; n < scene.Sizes.N; n++)
            {
                if (valid[n] == 0) continue;
                var times = positions.Where(p => p / (scene.Sizes.H * scene.Sizes.W) == n).GroupBy(p => p).Select(g => g.Count()).ToArray();
                Assert.InRange(times.DefaultIfEmpty(0).Max(), 0, (shares[n] + valid[n] - 1) / valid[n]);
                if (shares[n] >= valid[n]) Assert.Equal(valid[n], times.Length);
            }
    }, iter: 500);

    [Fact]
    public void Balanced_sampling_gives_every_present_class_the_same_share() => Scenes.Where(s => s.ValidPerImage.Any(count => count > 0)).Sample(scene =>
    {
        var balanced = scene with { Mode = SamplingMode.Balanced };
        balanced.Sample(out var samples, out var targets);
        for (int n = 0; n < scene.Sizes.N; n++)
        {
            int area = scene.Sizes.H * scene.Sizes.W;
            var present = scene.Labels.Skip(n * area).Take(area).Where(label => label != 255).Distinct().ToArray();
            var counts = present.Select(c => Enumerable.Range(0, scene.M).Count(i => samples[3 * i] == n && targets[i] == c)).ToArray();
            if (counts.Length > 0) Assert.InRange(counts.Max() - counts.Min(), 0, 1);
        }
    }, iter: 200);

    [Fact]
    public void The_draw_is_a_function_of_seed_step_and_image_alone() => Scenes.Where(s => s.ValidPerImage.All(count => count > 0)).Sample(scene =>
    {
        scene.Sample(out var first, out _);
        scene.Sample(out var second, out _);
        Assert.Equal(first, second);
        // An instance that has drawn other steps before draws the same.
        var sampler = new PixelSampler(scene.Sizes, scene.Mode, scene.Seed);
        var (samples, targets) = (new int[3 * scene.M], new int[scene.M]);
        for (long step = scene.Step + 2; step >= scene.Step; step--) sampler.Sample(step, scene.Labels, samples, targets);
        Assert.Equal(first, samples);
    }, iter: 50);

    [Fact]
    public void Every_valid_pixel_is_drawn_equally_often()
    {
        // 60 pixels, 40 of them valid, 10 drawn in each of 4000 steps: 1000 expected each, deviation sqrt(4000 * 0.25 * 0.75) = 27.
        var labels = Enumerable.Range(0, 60).Select(p => (byte)(p % 3 == 0 ? 255 : 1)).ToArray();
        var sampler = new PixelSampler(new NormalizeSizes(1, 6, 10), SamplingMode.Uniform, 7);
        var (samples, targets, counts) = (new int[30], new int[10], new int[60]);
        for (int step = 1; step <= 4000; step++)
        {
            sampler.Sample(step, labels, samples, targets);
            for (int i = 0; i < 10; i++) counts[samples[3 * i + 1] * 10 + samples[3 * i + 2]]++;
        }
        for (int p = 0; p < 60; p++) Assert.InRange(counts[p], p % 3 == 0 ? 0 : 865, p % 3 == 0 ? 0 : 1135);
    }

    [Fact]
    public void An_empty_image_is_reported_and_the_others_take_its_share()
    {
        foreach (int empty in new[] { 0, 1, 2 })
        {
            var labels = new byte[3 * 100];
            labels.AsSpan(100 * empty, 100).Fill(255);
            var (samples, targets) = (new int[3 * 60], new int[60]);
            var outcome = new PixelSampler(new NormalizeSizes(3, 10, 10), SamplingMode.Uniform, 1).Sample(1, labels, samples, targets);
            Assert.Equal(new SamplingOutcome(empty, 0), outcome);
            for (int n = 0; n < 3; n++) Assert.Equal(n == empty ? 0 : 30, Enumerable.Range(0, 60).Count(i => samples[3 * i] == n));
        }
    }

    private static readonly Gen<(HypercolumnLevel Level, int[] Samples)> Lists =
        from n in Gen.Int[1, 3]
        from h in Gen.Int[1, 40]
        from w in Gen.Int[1, 40]
        from log in Gen.Int[0, 5]
        from raster in Gen.Bool
        from triples in Gen.Select(Gen.Int[0, n - 1], Gen.Int[0, h - 1], Gen.Int[0, w - 1]).Array[0, 120]
        select (new HypercolumnLevel(n, Math.Max(1, h >> log), Math.Max(1, w >> log), 4, 1 << log, 0),
            (raster ? triples.Order() : triples.AsEnumerable()).SelectMany(t => new[] { t.Item1, t.Item2, t.Item3 }).ToArray());

    [Fact]
    public void Cell_lists_equal_the_naive_transpose() => Lists.Sample(list =>
    {
        var (level, samples) = list;
        int m = samples.Length / 3;
        // cell -> (sample, weight), by the definition.
        var naive = new SortedDictionary<int, SortedDictionary<int, float>>();
        for (int i = 0; i < m; i++)
        {
            var (y0, y1, fy) = HypercolumnCoordinates.Map(samples[3 * i + 1], level.Stride, level.H);
            var (x0, x1, fx) = HypercolumnCoordinates.Map(samples[3 * i + 2], level.Stride, level.W);
            foreach (var (y, wy) in new[] { (y0, 1 - fy), (y1, fy) })
                foreach (var (x, wx) in new[] { (x0, 1 - fx), (x1, fx) })
                {
                    if (wy * wx == 0) continue;
                    int cell = (samples[3 * i] * level.H + y) * level.W + x;
                    if (!naive.TryGetValue(cell, out var entries)) naive[cell] = entries = [];
                    entries.Add(i, (float)(wy * wx));
                }
        }
        var host = new HostCellList(level, Math.Max(m, 1));
        foreach (int _ in new[] { 1, 2 })
        {
            host.Build(samples);
            Assert.Equal([naive.Count, naive.Values.Sum(v => v.Count)], host.Counts);
            Assert.Equal(naive.Keys, host.Cells.Take(naive.Count));
            Assert.Equal(naive.Values.SelectMany(v => v.Keys), host.Samples.Take(host.Counts[1]));
            Assert.Equal(naive.Values.SelectMany(v => v.Values), host.Weights.Take(host.Counts[1]));
            int start = 0;
            int[] starts = [0, .. naive.Values.Select(v => start += v.Count)];
            Assert.Equal(starts, host.Starts.Take(naive.Count + 1));
        }
    }, iter: 300);

    [Fact]
    public void A_step_allocates_nothing()
    {
        var sizes = new NormalizeSizes(2, 30, 40);
        var batch = new HostBatch(sizes, 500, [.. Enumerable.Range(0, 5).Select(l => new HypercolumnLevel(2, 30 >> l, 40 >> l, 4, 1 << l, 0))]);
        var sampler = new PixelSampler(sizes, SamplingMode.Balanced, 3);
        var labels = Enumerable.Range(0, 2400).Select(p => (byte)(p % 7)).ToArray();
        Assert.Equal(0, Allocations.OfARound(round =>
        {
            for (int step = 1; step <= 10; step++)
            {
                sampler.Sample(10 * round + step, labels, batch.Samples, batch.Targets);
                foreach (var cells in batch.Cells) cells.Build(batch.Samples);
            }
        }));
    }
}
