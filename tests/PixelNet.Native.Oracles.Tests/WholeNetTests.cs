using PixelNet.Native.Backends;
using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Model;
using PixelNet.Native.Sampling;
using PixelNet.Native.Tensors;
using TorchSharp;
using Xunit;
using TorchTensor = TorchSharp.torch.Tensor;

namespace PixelNet.Native.Oracles.Tests;

/// <summary>The whole network, loss and every parameter gradient, against libtorch's autograd in double precision.</summary>
public sealed class WholeNetTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 28)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Loss_and_gradients_equal_autograd(int seed)
    {
        LibTorch.Require();
        using var scope = torch.NewDisposeScope();
        using var backend = new CpuBackend(2);
        Check(new NetCase(seed), backend, ElementType.Float32, FloatLimit);
    }

    // Measured over the seeds: 1e-6 without batch normalisation, up to 9e-5 through thirteen of them (deep ones see a dozen positions).
    private const double FloatLimit = 3e-4;

    // Where rounding moves a ReLU's input across 0, or changes which of four values is the largest, a whole gradient comes or goes: batches that come so close are drawn again.
    private const double FloatMargin = 5e-6;

    [Fact]
    public void Seeds_cover_the_switches()
    {
        var cases = Seeds.Select(seed => new NetCase(seed.Data)).ToArray();
        void Both(Func<NetCase, bool> on)
        {
            Assert.Contains(cases, c => on(c));
            Assert.Contains(cases, c => !on(c));
        }
        Both(c => c.Config.BatchNorm);
        Both(c => c.Config is { BatchNorm: true, BatchNormAffine: true });
        Both(c => c.Config.Freeze.Count > 0);
        Both(c => c.Config.Taps.Contains("fc7"));
        Both(c => c.Config.Taps.Contains("fc7") && c.Config.Dropout > 0 && !c.Config.BatchNorm);
        Both(c => c.Config.Taps.Contains("fc7") && c.Config.BatchNorm);
        Both(c => c.Config.StandardizeTaps);
        Both(c => c.Config.UsesFusedHead);
        Both(c => c.Config.ReluOnLogits);
        Both(c => c.Config.Head.Count == 0);
        Both(c => c.Config.Dropout > 0);
        Both(c => c.Input.N > 1);
        Both(c => c.Input.H % 2 == 1 && c.Input.W % 2 == 1);
        Both(c => c.ClassWeights is not null);
        Both(c => c.Preprocessing.ReverseChannels);
    }

    private static void Check(NetCase net, IBackend backend, ElementType real, double limit)
    {
        using var model = new PixelNetModel(net.Config, backend, net.Input, net.SampleCount, ModelMode.Training, net.Preprocessing, real);
        model.Allocate();
        var values = net.Randomize(model.Parameters, backend);
        var (batch, torchNet, logits, loss) = Autograd(net, values, model.Levels, limit == FloatLimit ? FloatMargin : 0);
        model.SetClassWeights(net.ClassWeights);
        model.LoadBatch(batch);
        model.Forward(net.Step);
        model.ZeroGradients();
        model.Backward();

        Assert.True(Math.Abs(model.ReadLoss().Loss / loss.item<double>() - 1) < limit / 10, $"loss {model.ReadLoss().Loss} for {loss.item<double>()} of {net}");
        double worst = 0;
        void Compare(string name, double[] actual, double[] expected)
        {
            double distance = Numbers.Distance(actual, expected);
            worst = Math.Max(worst, distance);
            Assert.True(distance < limit, $"{name}: {distance:G3} apart in {net}");
        }
        Compare("probabilities", Numbers.Read(backend, model.Head.Probabilities), Numbers.Read(logits.softmax(1)));
        foreach (var parameter in model.Parameters.All.Where(parameter => !parameter.Frozen))
            Compare(parameter.Name, Numbers.Read(backend, parameter.Gradient!), Numbers.Read(torchNet.Values[parameter.Name].grad!));
        foreach (var statistic in model.Parameters.Statistics)
            Compare(statistic.Name, Numbers.Read(backend, statistic), Numbers.Read(torchNet.Values[statistic.Name]));
        TestContext.Current.TestOutputHelper?.WriteLine($"worst {worst:G3} of {net}");
    }

    private static (HostBatch, TorchNet, TorchTensor Logits, TorchTensor Loss) Autograd(NetCase net, Dictionary<string, TorchTensor> values, IReadOnlyList<HypercolumnLevel> levels, double margin)
    {
        for (int attempt = 0; ; attempt++)
        {
            var batch = net.Batch(levels);
            var torchNet = new TorchNet(net.Config, values.ToDictionary(pair => pair.Key, pair => pair.Value.detach().clone().requires_grad_(pair.Value.requires_grad)));
            var (logits, loss) = torchNet.Train(batch, net.Preprocessing, net.ClassWeights, net.Step);
            if (torchNet.Margin >= margin) return (batch, torchNet, logits, loss);
            Assert.True(attempt < 50, $"no batch keeps away from ties in {net}");
        }
    }
}
