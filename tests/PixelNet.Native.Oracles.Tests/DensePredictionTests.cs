using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Evaluation;
using PixelNet.Native.Model;
using TorchSharp;
using Xunit;
using F = TorchSharp.torch.nn.functional;

namespace PixelNet.Native.Oracles.Tests;

/// <summary>Probabilities of every pixel, and labels at another size by interpolate(bilinear) and argmax.</summary>
public sealed class DensePredictionTests
{
    [Theory]
    [InlineData(100, 1, 1)]
    [InlineData(101, 2, 3)]
    [InlineData(102, 1, 2)]
    [InlineData(103, 3, 1)]
    public void Probabilities_and_labels_equal_torch(int seed, int scaleUp, int scaleDown)
    {
        LibTorch.Require();
        using var scope = torch.NewDisposeScope();
        using var backend = new CpuBackend(2);
        var net = new NetCase(seed, images: 1);
        using var parameters = ModelParameters.Plan(net.Config);
        parameters.Allocate(backend);
        var values = net.Randomize(parameters, backend);
        var batch = net.Batch([]);
        var (_, height, width) = net.Input;
        var (outHeight, outWidth, classes) = (height * scaleUp / scaleDown, width * scaleUp / scaleDown, net.Config.Classes);

        using var predictor = new DensePredictor(parameters, backend, net.Preprocessing, tilePixels: 999, keepsProbabilities: true);
        var labels = new byte[outHeight * outWidth];
        predictor.Predict(batch.Images, height, width, labels, outHeight, outWidth);
        var expected = new TorchNet(net.Config, values).Predict(batch, net.Preprocessing);
        Assert.InRange(Numbers.Distance(Array.ConvertAll(predictor.ReadProbabilities(), p => (double)p), Numbers.Read(expected)), 0, 1e-5);

        var scores = F.interpolate(expected.permute(2, 0, 1).unsqueeze(0), [outHeight, outWidth], mode: torch.InterpolationMode.Bilinear, align_corners: false)[0].permute(1, 2, 0);
        double[] at = Numbers.Read(scores);
        for (int p = 0; p < labels.Length; p++)
        {
            var here = at.AsSpan(p * classes, classes);
            double best = 0;
            foreach (double score in here) best = Math.Max(best, score);
            // Where two classes are equal to rounding, either may win.
            Assert.True(here[labels[p]] > best - 1e-5, $"pixel {p} of {outWidth}x{outHeight}: label {labels[p]} has {here[labels[p]]}, the largest is {best}; {net}");
        }
    }
}
