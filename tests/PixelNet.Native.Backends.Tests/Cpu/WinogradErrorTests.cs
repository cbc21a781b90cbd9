using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Diagnostics;
using PixelNet.Native.Diagnostics.Cases;
using PixelNet.Native.Evaluation;
using PixelNet.Native.Model;
using Xunit;

namespace PixelNet.Native.Backends.Tests.Cpu;

/// <summary>What Winograd's F(4x4,3x3) costs in precision at VGG16's full width: of a layer against double, and of a whole prediction against direct sums.</summary>
[Trait("Category", "All")]
public sealed class WinogradErrorTests
{
    /// <summary>Of the norm: forward, input gradient and weight gradient of one layer.</summary>
    private const double LayerLimit = 1e-5;

    [Theory]
    [InlineData(64, 64)]
    [InlineData(128, 256)]
    [InlineData(512, 512)]
    public void A_layer_is_within_1e5_of_double(int input, int output)
    {
        var layer = new Conv2dCase { Name = $"{input} to {output}", Sizes = new(1, 13, 18, input, output, 3, 3, 1, 1), Relu = false, Activation = false };
        using var backend = new CpuBackend(2);
        foreach (var row in ParityCheck.Of(layer, backend))
        {
            Assert.True(row.Passed, row.Fault);
            Assert.InRange(row.Error, 0, LayerLimit);
        }
    }

    [Theory]
    [InlineData(97, 141)]
    [InlineData(64, 200)]
    public void Logits_of_a_full_size_net_are_within_1e4_of_those_by_direct_sums(int height, int width)
    {
        double[] direct = LogProbabilities(exact: true, height, width, out int[] labels), winograd = LogProbabilities(exact: false, height, width, out int[] others);
        Assert.InRange(TensorCompare.RelativeError(winograd, direct), 1e-9, 1e-4);
        int differing = labels.Zip(others).Count(pair => pair.First != pair.Second);
        Assert.True(differing <= labels.Length / 10_000 + 1, $"{differing} of {labels.Length} labels differ");
    }

    // Logits but for a constant a pixel, which the softmax takes away.
    private static double[] LogProbabilities(bool exact, int height, int width, out int[] labels)
    {
        using var backend = new CpuBackend(2, exact);
        using var parameters = ModelParameters.Plan(new PixelNetConfig { Width = 1, Head = [256, 256], Classes = 19 });
        parameters.Allocate(backend);
        ParameterInitializer.Initialize(parameters, backend, 5);
        using var predictor = new DensePredictor(parameters, backend, new ChannelTransform(false, 1 / 60f, 1 / 60f, 1 / 60f, -2, -2, -2), keepsProbabilities: true);
        byte[] image = new byte[3 * height * width], map = new byte[height * width];
        new Random(3).NextBytes(image);
        predictor.Predict(image, height, width, map, height, width);
        labels = [.. map.Select(label => (int)label)];
        return [.. predictor.ReadProbabilities().Select(p => Math.Log(Math.Max(p, 1e-30)))];
    }
}
