// Momentum SGD in Caffe's form, over the segments of flat arenas [P]; lr and decay times the segment's multipliers:
//
//   V[i] = momentum*V[i] + lr*(g[i] + decay*w[i]);   w[i] = w[i] - V[i]
//
// Layers/SgdMomentum.cs. Fast twins: Cpu/CpuBackend.SgdMomentum.cs, kernels/sgd_momentum.cu. Cases: Diagnostics/Cases/SgdMomentumCase.cs.
using System.Numerics;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Reference;

public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public void SgdMomentumUpdate(Tensor w, Tensor velocity, Tensor g, IReadOnlyList<ParameterSegment> segments,
        in SgdMomentumOptions options, Tensor stepState)
    {
        foreach (var segment in segments)
            if (IsDouble(w)) SgdMomentumUpdate<double>(w, velocity, g, segment, options, ReadState(stepState));
            else SgdMomentumUpdate<float>(w, velocity, g, segment, options, ReadState(stepState));
    }

    private static void SgdMomentumUpdate<T>(Tensor parameters, Tensor velocity, Tensor gradients, ParameterSegment segment,
        SgdMomentumOptions options, StepState state)
        where T : unmanaged, IFloatingPoint<T>
    {
        int count = checked((int)parameters.Count);
        View<T> w = new(parameters, count), v = new(velocity, count), g = new(gradients, count);
        T lr = Real<T>(state.LearningRate) * Real<T>(segment.LearningRateMultiplier);
        T decay = Real<T>(options.WeightDecay) * Real<T>(segment.DecayMultiplier);
        T momentum = Real<T>(options.Momentum);
        for (int i = (int)segment.Offset; i < segment.Offset + segment.Count; i++)
        {
            v[i] = momentum * v[i] + lr * (g[i] + decay * w[i]);
            w[i] -= v[i];
        }
    }
}
