using System.Runtime.InteropServices;
using PixelNet.Native.Backends;
using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Sampling;
using PixelNet.Native.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;

namespace PixelNet.Native.Oracles.Tests;

/// <summary>Forty steps of each optimiser against torch.optim, in three segments: multipliers 1, 0.1 with no decay, and one that is left out.</summary>
public sealed class OptimizerTests
{
    private const int Count = 1000, Steps = 40;
    private static readonly ParameterSegment[] Segments = [new(0, 500, 1, 1), new(512, 400, 0.1f, 0)];

    [Theory]
    [InlineData(0.9f, 0f)]
    [InlineData(0.9f, 5e-4f)]
    [InlineData(0f, 0.1f)]
    public void Momentum_at_a_constant_rate_equals_torch(float momentum, float decay)
    {
        const double rate = 0.05;
        Compare(new SgdMomentumOptions(momentum, decay), _ => rate,
            (parameter, segment) => torch.optim.SGD([parameter], rate * segment.LearningRateMultiplier, momentum, weight_decay: decay * segment.DecayMultiplier), (gradient, _, _, _) => gradient);
    }

    // torch keeps V without the rate and multiplies by the new rate, Caffe keeps lr*g: with the gradient scaled by the step's rate and a rate of 1, torch's recursion is Caffe's.
    [Fact]
    public void Momentum_under_a_schedule_keeps_the_rate_inside_the_velocity() => Compare(new SgdMomentumOptions(0.9f, 1e-2f), step => 0.1f / step,
        (parameter, _) => torch.optim.SGD([parameter], 1, 0.9),
        (gradient, parameter, segment, step) => (gradient + 1e-2f * segment.DecayMultiplier * parameter.detach()) * (0.1f / step * segment.LearningRateMultiplier));

    [Theory]
    [InlineData(1e-8f, 0f)]
    [InlineData(1e-8f, 1e-2f)]
    [InlineData(1e-2f, 0f)]
    public void Adam_equals_torch(float epsilon, float decay)
    {
        const double rate = 0.01;
        Compare(new AdamOptions(0.9f, 0.999f, epsilon, decay), _ => rate,
            (parameter, segment) => torch.optim.AdamW([parameter], rate * segment.LearningRateMultiplier, 0.9f, 0.999f, epsilon, decay * segment.DecayMultiplier), (gradient, _, _, _) => gradient);
    }

    private static void Compare<TOptions>(TOptions options, Func<int, double> rate, Func<Parameter, ParameterSegment, torch.optim.Optimizer> optimizer,
        Func<torch.Tensor, torch.Tensor, ParameterSegment, int, torch.Tensor> asTorchWantsIt)
    {
        LibTorch.Require();
        using var scope = torch.NewDisposeScope();
        using var backend = new CpuBackend(2);
        Tensor New(string name) => Tensor.Allocate(backend, name, new Shape(Count));
        var (w, g, m, v) = (New("w"), New("g"), New("m"), New("v"));
        var state = Tensor.Allocate(backend, "step", new Shape(StepState.ByteLength), ElementType.UInt8);
        var random = new PhiloxStream(2, 0, 0, 0);
        foreach (ref float value in w.Span<float>()) value = (float)(0.1 * random.NextNormal());
        float[] start = w.Span<float>().ToArray();
        torch.Tensor Slice(float[] values, ParameterSegment s) => torch.tensor(values.Skip((int)s.Offset).Take((int)s.Count).Select(value => (double)value).ToArray());
        Parameter[] parameters = [.. Segments.Select(s => new Parameter(Slice(start, s)))];
        torch.optim.Optimizer[] optimizers = [.. parameters.Zip(Segments, optimizer)];

        for (int step = 1; step <= Steps; step++)
        {
            foreach (ref float value in g.Span<float>()) value = (float)(random.NextNormal() * Math.Pow(10, random.NextInt(3) - 2));
            var now = new StepState { Step = (ulong)step, LearningRate = (float)rate(step) };
            if (options is AdamOptions adam)
            {
                now.AdamCorrection1 = (float)(1 - Math.Pow(adam.Beta1, step));
                now.AdamCorrection2 = (float)(1 - Math.Pow(adam.Beta2, step));
                backend.Upload(state, MemoryMarshal.AsBytes(new ReadOnlySpan<StepState>(in now)));
                backend.AdamUpdate(w, m, v, g, Segments, adam, state);
            }
            else if (options is SgdMomentumOptions sgd)
            {
                backend.Upload(state, MemoryMarshal.AsBytes(new ReadOnlySpan<StepState>(in now)));
                backend.SgdMomentumUpdate(w, v, g, Segments, sgd, state);
            }
            float[] gradient = g.Span<float>().ToArray();
            for (int s = 0; s < Segments.Length; s++)
            {
                parameters[s].grad = asTorchWantsIt(Slice(gradient, Segments[s]), parameters[s], Segments[s], step);
                optimizers[s].step();
            }
        }
        float[] end = w.Span<float>().ToArray();
        for (int s = 0; s < Segments.Length; s++)
        {
            // As moved: a step that does nothing is as far off as one of twice the length.
            double[] moved = Numbers.Read(Slice(end, Segments[s]) - Slice(start, Segments[s])), expected = Numbers.Read(parameters[s] - Slice(start, Segments[s]));
            Assert.InRange(Numbers.Distance(moved, expected), 0, 2e-5);
        }
        for (int i = 500; i < 512; i++) Assert.Equal(start[i], end[i]);
        for (int i = 912; i < Count; i++) Assert.Equal(start[i], end[i]);
    }
}
