using PixelNet.Native.Backends;
using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Sampling;
using PixelNet.Native.Tensors;
using TorchSharp;
using Xunit;
using F = TorchSharp.torch.nn.functional;

namespace PixelNet.Native.Oracles.Tests;

/// <summary>Batch normalisation over several steps, running statistics included, then prediction with them.</summary>
public sealed class BatchNormTests
{
    [Theory]
    [InlineData(2, 1)]
    [InlineData(7, 3)]
    [InlineData(64, 16)]
    [InlineData(1001, 19)]
    public void Running_statistics_follow_as_in_torch(int rows, int channels)
    {
        LibTorch.Require();
        using var scope = torch.NewDisposeScope();
        using var backend = new CpuBackend(2);
        Tensor New(string name, params int[] extents) => Tensor.Allocate(backend, name, new Shape(extents));
        var (x, y, gamma, beta) = (New("x", rows, channels), New("y", rows, channels), New("gamma", channels), New("beta", channels));
        var (mean, inverse, runningMean, runningVariance) = (New("mean", channels), New("inverse", channels), New("running mean", channels), New("running variance", channels));
        var sizes = new BatchNormSizes(rows, channels);
        var request = backend.Describe(sizes);
        var memory = new OpMemory { Workspace = Tensor.Allocate(backend, "workspace", new Shape((int)Math.Max(1, request.WorkspaceBytes)), ElementType.UInt8) };
        var random = new PhiloxStream(3, (uint)rows, 0, 0);
        foreach (var tensor in new[] { gamma, beta })
            foreach (ref float value in tensor.Span<float>()) value = (float)random.NextNormal();
        backend.Fill(runningVariance, 1);
        var (torchMean, torchVariance) = (torch.zeros(channels, torch.float64), torch.ones(channels, torch.float64));
        torch.Tensor Torch(Tensor tensor) => torch.tensor(Numbers.Read(backend, tensor));

        for (int step = 0; step < 5; step++)
        {
            bool training = step < 4;
            foreach (ref float value in x.Span<float>()) value = (float)(3 + step + random.NextNormal());
            backend.BatchNormForward(y, mean, inverse, x, gamma, beta, runningMean, runningVariance, sizes,
                training ? BatchNormStatistics.Batch : BatchNormStatistics.Running, 1e-5, 0.1, relu: true, memory);
            var expected = F.relu(F.batch_norm(Torch(x).reshape(rows, channels), torchMean, torchVariance, Torch(gamma), Torch(beta), training, 0.1, 1e-5));
            Assert.InRange(Numbers.Distance(Numbers.Read(backend, y), Numbers.Read(expected)), 0, 5e-6);
            Assert.InRange(Numbers.Distance(Numbers.Read(backend, runningMean), Numbers.Read(torchMean)), 0, 1e-6);
            Assert.InRange(Numbers.Distance(Numbers.Read(backend, runningVariance), Numbers.Read(torchVariance)), 0, 1e-6);
        }
    }
}
