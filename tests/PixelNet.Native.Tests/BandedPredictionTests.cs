using CsCheck;
using PixelNet.Native.Backends;
using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Backends.Reference;
using PixelNet.Native.Evaluation;
using PixelNet.Native.Model;
using Xunit;

namespace PixelNet.Native.Tests;

/// <summary>A prediction in bands has the bytes of one with all maps in memory, whatever the memory.</summary>
public sealed class BandedPredictionTests
{
    private static readonly string[] ToConv5 = [.. PixelNetConfig.TapNames.Take(5)], ToFc7 = [.. PixelNetConfig.TapNames];

    /// <summary>Networks wide enough for Winograd's convolution, and narrow ones; every kind of head.</summary>
    private static readonly PixelNetConfig[] Networks =
    [
        Net(ToConv5, 1.0 / 4),
        Net(ToConv5, 1.0 / 4) with { BatchNorm = true, StandardizeTaps = true },
        Net(ToFc7, 1.0 / 16) with { BatchNorm = true, BatchNormAffine = false },
        Net(ToFc7, 1.0 / 16) with { HeadKernel = HeadKernel.Composed, StandardizeTaps = true },
        Net(["conv1_2", "conv4_3"], 1.0 / 4) with { Head = [] },
        Net(["conv5_3"], 1.0 / 8),
        Net(["conv1_2", "conv2_2"], 1.0 / 4),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Bytes_do_not_depend_on_the_memory(bool exact)
    {
        using var backend = new CpuBackend(2, exact);
        var networks = Networks.Select(config => Random(config, backend)).ToArray();
        // Odd sizes, sizes that are no multiple of 16, one row, one column; and heights of several bands.
        var side = Gen.OneOf(Gen.Const(1), Gen.Int[2, 90]);
        Gen.Select(Gen.Int[0, networks.Length - 1], Gen.OneOf(side, Gen.Int[90, 400]), side, Gen.Double[0, 1], Gen.Int[50, 3000], Gen.Bool, Gen.Int[0, 1 << 20])
            .Sample((net, height, width, share, tile, sameSize, seed) => AssertSame(networks[net], backend, height, width, share, tile, sameSize, seed), iter: 60, threads: 1);
        foreach (var network in networks) network.Dispose();
    }

    [Theory]
    [InlineData(1000, 30)]
    [InlineData(777, 64)]
    public void Tall_images_go_through_in_bands_that_keep_no_more_than_they_need(int height, int width)
    {
        using var backend = new CpuBackend(2);
        using var network = Random(Net(ToConv5, 1.0 / 4), backend);
        foreach (double share in new[] { 0, 0.02, 0.1, 0.3, 1 }) AssertSame(network, backend, height, width, share, 4096, true, 5);
    }

    // Tiles of 1344 pixels and an image of 7680 columns are so; rows of probabilities are read whole all the same.
    [Theory]
    [InlineData(40, 300, 80)]
    [InlineData(130, 97, 96)]
    [InlineData(33, 500, 33)]
    public void Tiles_may_be_shorter_than_a_row(int height, int width, int tile)
    {
        using var backend = new CpuBackend(2);
        using var network = Random(Net(ToConv5, 1.0 / 16), backend);
        foreach (double share in new[] { 0, 0.3, 1 }) AssertSame(network, backend, height, width, share, tile, true, 7);
    }

    [Fact]
    public void Memory_does_not_grow_with_the_height()
    {
        using var backend = new CpuBackend(1);
        using var network = Random(Net(ToConv5, 1.0 / 16), backend);
        long low = Least(network, backend, 2_000, 640, 640), high = Least(network, backend, 20_000, 640, 640);
        Assert.InRange(high, low, low + (1 << 16));
        Assert.InRange(low, 1 << 20, 64 << 20);
    }

    // 1 GB is enough for an 8K image beside the parameters (59 MB), the decoded image, its labels and the runtime (some 250 MB).
    [Fact]
    public void An_8K_image_at_full_width_needs_less_than_700_MB()
    {
        using var backend = new CpuBackend(1);
        using var parameters = ModelParameters.Plan(new PixelNetConfig { Head = [256, 256] });
        Assert.InRange(Least(parameters, backend, 4320, 7680, 7680), 100_000_000, 700_000_000);
    }

    [Fact]
    public void The_reference_predicts_in_bands_too()
    {
        using var backend = new ReferenceBackend();
        using var network = Random(Net(["conv1_2", "conv3_3"], 1.0 / 32), backend);
        AssertSame(network, backend, 61, 9, 0, 100, true, 1);
    }

    [Fact]
    public void Too_little_memory_is_a_sentence_that_says_the_least()
    {
        using var backend = new CpuBackend(1);
        using var network = Random(Net(ToConv5, 1.0 / 16), backend);
        using var predictor = new DensePredictor(network, backend, TinyNet.Preprocessing) { MemoryLimit = 1 << 20 };
        var labels = new byte[500 * 60];
        var refused = Assert.Throws<MemoryLimitException>(() => predictor.Predict(new byte[3 * labels.Length], 500, 60, labels, 500, 60));
        Assert.Matches(@"^1\.0 MiB are too little for the prediction of an image of 60x500, which needs \d+\.\d MiB at least$", refused.Message);
        predictor.MemoryLimit = refused.Least;
        predictor.Predict(new byte[3 * labels.Length], 500, 60, labels, 500, 60);
        Assert.InRange(predictor.PlannedBytes, 1, refused.Least);
        predictor.Dispose();
        predictor.MemoryLimit = refused.Least - 1;
        Assert.Throws<MemoryLimitException>(() => predictor.Prepare(500, 60, 500, 60));
    }

    private static PixelNetConfig Net(string[] taps, double width) => new() { Width = width, Taps = taps, Head = [16, 12], Classes = TinyNet.Classes };

    // Random tensors throughout: statistics of a batch normalisation, means and deviations of standardised taps too.
    private static ModelParameters Random(PixelNetConfig config, IBackend backend)
    {
        var parameters = ModelParameters.Plan(config);
        parameters.Allocate(backend);
        ParameterInitializer.Initialize(parameters, backend, 3);
        var random = new Random(1);
        foreach (var tensor in parameters.Statistics)
            foreach (ref float value in tensor.Span<float>()) value = 0.5f + random.NextSingle();
        foreach (var parameter in parameters.All.Where(parameter => parameter.Role != ParameterRole.Weight))
            foreach (ref float value in parameter.Value.Span<float>()) value = parameter.Role == ParameterRole.NormScale ? 0.5f + random.NextSingle() : random.NextSingle() - 0.5f;
        return parameters;
    }

    private static long Least(ModelParameters network, IBackend backend, int height, int width, int outWidth)
    {
        using var predictor = new DensePredictor(network, backend, TinyNet.Preprocessing) { MemoryLimit = 0 };
        return Assert.Throws<MemoryLimitException>(() => predictor.Prepare(height, width, height, outWidth)).Least;
    }

    // A share of 0 is the least memory that works, 1 that of the largest bands.
    private static void AssertSame(ModelParameters network, IBackend backend, int height, int width, double share, int tile, bool sameSize, int seed)
    {
        var image = new byte[3 * height * width];
        new Random(seed).NextBytes(image);
        var (outHeight, outWidth) = sameSize ? (height, width) : (height / 2 + 1, 2 * width - 1);
        byte[] expected = new byte[outHeight * outWidth], labels = new byte[expected.Length];
        using var whole = new DensePredictor(network, backend, TinyNet.Preprocessing, tile, keepsProbabilities: true) { Whole = true };
        whole.Predict(image, height, width, expected, outHeight, outWidth);

        using var free = new DensePredictor(network, backend, TinyNet.Preprocessing, tile);
        free.Prepare(height, width, outHeight, outWidth);
        using var predictor = new DensePredictor(network, backend, TinyNet.Preprocessing, tile) { MemoryLimit = 0 };
        long least = Assert.Throws<MemoryLimitException>(() => predictor.Prepare(height, width, outHeight, outWidth)).Least;
        predictor.MemoryLimit = least + (long)(share * (free.PlannedBytes - least));
        for (int round = 0; round < 2; round++)
        {
            labels.AsSpan().Fill(99);
            predictor.Predict(image, height, width, labels, outHeight, outWidth);
            Assert.InRange(predictor.PlannedBytes, 1, predictor.MemoryLimit.Value);
            Assert.Equal(expected, labels);
        }

        using var keeping = new DensePredictor(network, backend, TinyNet.Preprocessing, tile, keepsProbabilities: true) { MemoryLimit = 0 };
        keeping.MemoryLimit = Assert.Throws<MemoryLimitException>(() => keeping.Prepare(height, width, outHeight, outWidth)).Least;
        keeping.Predict(image, height, width, labels, outHeight, outWidth);
        Assert.Equal(expected, labels);
        Assert.Equal(whole.ReadProbabilities(), keeping.ReadProbabilities());
    }
}
