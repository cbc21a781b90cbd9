using System.Runtime.InteropServices;
using PixelNet.Native.Backends;
using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Model;
using Xunit;

namespace PixelNet.Native.Tests;

/// <summary>The whole net's gradient tensor by tensor, against the difference of two losses: the order at the taps, the masks, the wiring. Each op's own gradient is checked by the op suite.</summary>
public sealed class ModelGradientTests
{
    private static readonly string[] AllTaps = [.. PixelNetConfig.TapNames];

    public static TheoryData<string> Variants => [.. Configs.Keys];

    private static Dictionary<string, PixelNetConfig> Configs { get; } = new()
    {
        ["plain"] = TinyNet.Config() with { BatchNorm = false },
        ["batch norm"] = TinyNet.Config(),
        ["batch norm without affine"] = TinyNet.Config() with { BatchNormAffine = false },
        ["frozen statistics"] = TinyNet.Config() with { Freeze = ["bn*"] },
        ["all taps with dropout"] = TinyNet.Config(AllTaps) with { BatchNorm = false, Dropout = 0.3f },
        ["all taps with batch norm and dropout"] = TinyNet.Config(AllTaps) with { Dropout = 0.3f },
        ["some taps"] = TinyNet.Config("conv2_2", "conv4_3") with { BatchNorm = false },
        ["standardised taps"] = TinyNet.Config() with { BatchNorm = false, StandardizeTaps = true },
        ["composed head, relu on logits"] = TinyNet.Config() with { BatchNorm = false, ReluOnLogits = true, Dropout = 0.2f },
        ["linear head"] = TinyNet.Config() with { Head = [] },
        ["frozen block"] = TinyNet.Config() with { BatchNorm = false, Freeze = ["conv1_*", "conv2_1.weight"] },
    };

    [Theory]
    [MemberData(nameof(Variants))]
    public void Gradient_is_the_slope_of_the_loss(string variant)
    {
        using var backend = new CpuBackend(2);
        // 24 pixels on 2 x 32 x 40: most cells of the shallow maps are touched by none.
        using var model = TinyNet.Model(Configs[variant], backend, samples: 24);
        model.Allocate();
        model.Initialize(5);
        var batch = TinyNet.Batch(model, 1);
        if (model.Config.StandardizeTaps) model.MeasureTapStatistics([batch]);
        model.SetClassWeights([1, 2, 0.5, 1]);
        ModelTests.Run(model, batch);
        float[] start = ModelTests.Values(model.Parameters.Values), gradient = ModelTests.Values(model.Parameters.Gradients!);
        foreach (var parameter in model.Parameters.All.Where(parameter => !parameter.Frozen))
        {
            // Along the tensor's own gradient, so that the slope is its norm; the step moves the loss by about 2e-3.
            var own = gradient.AsSpan((int)parameter.Offset, (int)parameter.Value.Count).ToArray();
            double norm = Math.Sqrt(own.Sum(g => (double)g * g));
            double step = 1e-3 / norm;
            double measured = (LossAt(parameter, own, step / norm) - LossAt(parameter, own, -step / norm)) / (2 * step);
            // The loss is float and has a kink wherever a ReLU or a maximum changes sides within the step: 20 %, which each mistake in the wiring exceeds.
            // In double, and to 1e-6: Diagnostics/GradientCheck.Net.cs.
            Assert.True(Math.Abs(measured / norm - 1) < 0.2, $"{parameter.Name}: slope {measured:G4}, gradient {norm:G4}");
        }

        double LossAt(Parameter parameter, float[] direction, double t)
        {
            float[] moved = [.. start];
            for (int i = 0; i < direction.Length; i++) moved[parameter.Offset + i] += (float)(t * direction[i]);
            backend.Upload(model.Parameters.Values, MemoryMarshal.AsBytes<float>(moved));
            backend.ParametersChanged();
            model.Forward(new StepState { Step = 1, Seed = 11 });
            return model.ReadLoss().Loss;
        }
    }
}
