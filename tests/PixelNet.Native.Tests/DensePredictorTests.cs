using PixelNet.Native.Backends;
using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Evaluation;
using PixelNet.Native.Model;
using PixelNet.Native.Testing;
using PixelNet.Native.Training;
using Xunit;

namespace PixelNet.Native.Tests;

public sealed class DensePredictorTests
{
    [Theory]
    [InlineData(false, 32, 40)]
    [InlineData(true, 32, 40)]
    [InlineData(true, 45, 71)]
    public void At_the_sampled_pixels_it_gives_what_the_training_pass_gives(bool batchNorm, int height, int width)
    {
        using var backend = new CpuBackend(2);
        using var model = Trained(TinyNet.Config([.. PixelNetConfig.TapNames]) with { BatchNorm = batchNorm, StandardizeTaps = true }, backend, new NormalizeSizes(1, height, width));
        foreach (var unit in model.Trunk.Blocks.SelectMany(block => block.Units))
            if (unit.Norm is { } norm) norm.Statistics = BatchNormStatistics.Running;
        var batch = TinyNet.Batch(model, 7);
        model.LoadBatch(batch);
        model.Forward(new StepState { Step = 7 });
        float[] expected = ModelTests.Values(model.Head.Probabilities);

        using var predictor = new DensePredictor(model.Parameters, backend, TinyNet.Preprocessing, tilePixels: 500, keepsProbabilities: true);
        var labels = new byte[height * width];
        predictor.Predict(batch.Images, height, width, labels, height, width);
        float[] probabilities = predictor.ReadProbabilities();
        for (int m = 0; m < model.SampleCount; m++)
        {
            int pixel = batch.Samples[3 * m + 1] * width + batch.Samples[3 * m + 2], best = 0;
            for (int c = 0; c < TinyNet.Classes; c++)
            {
                Assert.Equal(expected[m * TinyNet.Classes + c], probabilities[pixel * TinyNet.Classes + c], 2e-6f);
                if (probabilities[pixel * TinyNet.Classes + c] > probabilities[pixel * TinyNet.Classes + best]) best = c;
            }
            Assert.Equal(best, labels[pixel]);
        }
    }

    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(1, 50, 3, 75)]
    [InlineData(37, 1, 37, 1)]
    [InlineData(33, 47, 1, 5)]
    [InlineData(33, 47, 101, 203)]
    public void Any_size_goes_in_and_any_comes_out(int height, int width, int outHeight, int outWidth)
    {
        using var backend = new CpuBackend(1);
        using var model = Trained(TinyNet.Config([.. PixelNetConfig.TapNames]), backend);
        using var predictor = new DensePredictor(model.Parameters, backend, TinyNet.Preprocessing, tilePixels: 64, keepsProbabilities: true);
        var image = new byte[height * width * 3];
        new Random(1).NextBytes(image);
        var labels = new byte[outHeight * outWidth];
        labels.AsSpan().Fill(99);
        predictor.Predict(image, height, width, labels, outHeight, outWidth);
        Assert.All(labels, label => Assert.InRange(label, 0, TinyNet.Classes - 1));
        float[] probabilities = predictor.ReadProbabilities();
        for (int p = 0; p < height * width; p++) Assert.Equal(1, probabilities.AsSpan(p * TinyNet.Classes, TinyNet.Classes).ToArray().Sum(), 1e-5f);
    }

    [Fact]
    public void Small_images_equal_their_extension()
    {
        using var backend = new CpuBackend(1);
        using var model = Trained(TinyNet.Config([.. PixelNetConfig.TapNames]), backend);
        using var predictor = new DensePredictor(model.Parameters, backend, TinyNet.Preprocessing, keepsProbabilities: true);
        byte[] row = [.. Enumerable.Range(0, 40 * 3).Select(i => (byte)(i * 37))];
        byte[] rows = [.. Enumerable.Range(0, 32).SelectMany(_ => row)];
        byte[] one = new byte[40], all = new byte[32 * 40];
        predictor.Predict(row, 1, 40, one, 1, 40);
        float[] probabilities = predictor.ReadProbabilities();
        predictor.Predict(rows, 32, 40, all, 32, 40);
        ModelTests.AssertClose(probabilities, predictor.ReadProbabilities()[..(40 * TinyNet.Classes)], 1e-6, "probabilities");
        Assert.Equal(one, all[..40]);
    }

    [Fact]
    public void Tiles_do_not_show()
    {
        using var backend = new CpuBackend(2);
        using var model = Trained(TinyNet.Config() with { HeadKernel = HeadKernel.Composed }, backend);
        var image = TinyNet.Batch(model, 9).Images.AsSpan(0, 32 * 40 * 3);
        byte[] few = new byte[64 * 80], many = new byte[64 * 80];
        using var small = new DensePredictor(model.Parameters, backend, TinyNet.Preprocessing, tilePixels: 17, keepsProbabilities: true);
        using var large = new DensePredictor(model.Parameters, backend, TinyNet.Preprocessing, keepsProbabilities: true);
        small.Predict(image, 32, 40, few, 64, 80);
        large.Predict(image, 32, 40, many, 64, 80);
        ModelTests.AssertClose(small.ReadProbabilities(), large.ReadProbabilities(), 1e-6, "probabilities");
        Assert.InRange(few.Zip(many).Count(pair => pair.First != pair.Second), 0, 2);
    }

    [Fact]
    public void Plan_is_kept_while_sizes_stay_and_parameters_are_always_the_newest()
    {
        using var backend = new CpuBackend(1);
        using var model = Trained(TinyNet.Config() with { BatchNorm = false }, backend, out var trainer);
        using var predictor = new DensePredictor(model.Parameters, backend, TinyNet.Preprocessing, keepsProbabilities: true);
        var batch = TinyNet.Batch(model, 9);
        var labels = new byte[32 * 40];
        predictor.Predict(batch.Images.AsSpan(0, labels.Length * 3), 32, 40, labels, 32, 40);
        float[] before = predictor.ReadProbabilities();
        long planned = predictor.PlannedBytes;
        Assert.Equal(0, Allocations.OfARound(_ => predictor.Predict(batch.Images.AsSpan(0, labels.Length * 3), 32, 40, labels, 32, 40)));
        Assert.Equal(before, predictor.ReadProbabilities());

        trainer.Step(4, batch);
        predictor.Predict(batch.Images.AsSpan(0, labels.Length * 3), 32, 40, labels, 32, 40);
        Assert.NotEqual(before, predictor.ReadProbabilities());
        Assert.Equal(planned, predictor.PlannedBytes);
    }

    [Fact]
    public void Dropout_is_off_unless_asked_for()
    {
        using var backend = new CpuBackend(1);
        float[] Probabilities(PixelNetConfig config, ulong seed)
        {
            using var model = Trained(config, backend);
            using var predictor = new DensePredictor(model.Parameters, backend, TinyNet.Preprocessing, seed: seed, keepsProbabilities: true);
            predictor.Predict(TinyNet.Batch(model, 9).Images.AsSpan(0, 32 * 40 * 3), 32, 40, new byte[32 * 40], 32, 40);
            return predictor.ReadProbabilities();
        }
        var config = TinyNet.Config() with { Dropout = 0.5f };
        Assert.Equal(Probabilities(config, 1), Probabilities(config, 2));
        Assert.NotEqual(Probabilities(config with { DropoutAtTest = true }, 1), Probabilities(config with { DropoutAtTest = true }, 2));
        Assert.Equal(Probabilities(config with { DropoutAtTest = true }, 2), Probabilities(config with { DropoutAtTest = true }, 2));
    }

    [Fact]
    public void Short_memory_gives_the_planned_figure_and_leaves_the_predictor_usable()
    {
        using var backend = new CpuBackend(1);
        using var model = Trained(TinyNet.Config(), backend);
        using var predictor = new DensePredictor(model.Parameters, backend, TinyNet.Preprocessing, keepsProbabilities: true) { Whole = true };
        Assert.Matches(@"needs \d{6,}\.\d MiB", Assert.Throws<PixelNetException>(() => predictor.Prepare(20_000, 40_000, 10, 10)).Message);
        var labels = new byte[32 * 40];
        predictor.Predict(new byte[32 * 40 * 3], 32, 40, labels, 32, 40);
        using var fresh = new DensePredictor(model.Parameters, backend, TinyNet.Preprocessing, keepsProbabilities: true) { Whole = true };
        var expected = new byte[32 * 40];
        fresh.Predict(new byte[32 * 40 * 3], 32, 40, expected, 32, 40);
        Assert.Equal(expected, labels);
    }

    private static PixelNetModel Trained(PixelNetConfig config, CpuBackend backend, NormalizeSizes? input = null) => Trained(config, backend, out _, input);

    /// <summary>A model after three steps, so that running statistics are not at their start.</summary>
    private static PixelNetModel Trained(PixelNetConfig config, CpuBackend backend, out Trainer trainer, NormalizeSizes? input = null)
    {
        var model = TinyNet.Model(config, backend, input);
        trainer = new Trainer(model, new TrainerOptions { LearningRate = 5e-3 });
        model.Allocate();
        model.Initialize(3);
        if (config.StandardizeTaps) model.MeasureTapStatistics([TinyNet.Batch(model, 1)]);
        for (int step = 1; step <= 3; step++) trainer.Step(step, TinyNet.Batch(model, step));
        return model;
    }
}
