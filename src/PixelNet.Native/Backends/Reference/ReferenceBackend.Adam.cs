// Adam with decoupled weight decay, over the segments of flat arenas [P]; lr and decay times the segment's multipliers; c1 = 1 - beta1^t and
// c2 = 1 - beta2^t from the step state:
//
//   m[i] = beta1*m[i] + (1-beta1)*g[i];   v[i] = beta2*v[i] + (1-beta2)*g[i]^2
//   w[i] = w[i] - lr*decay*w[i] - lr * (m[i]/c1) / (sqrt(v[i]/c2) + epsilon)
//
// Layers/Adam.cs. Fast twins: Cpu/CpuBackend.Adam.cs, kernels/adam.cu. Cases: Diagnostics/Cases/AdamCase.cs.
using System.Numerics;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Reference;

public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public void AdamUpdate(Tensor w, Tensor m, Tensor v, Tensor g, IReadOnlyList<ParameterSegment> segments, in AdamOptions options, Tensor stepState)
    {
        foreach (var segment in segments)
            if (IsDouble(w)) AdamUpdate<double>(w, m, v, g, segment, options, ReadState(stepState));
            else AdamUpdate<float>(w, m, v, g, segment, options, ReadState(stepState));
    }

    private static void AdamUpdate<T>(Tensor parameters, Tensor first, Tensor second, Tensor gradients, ParameterSegment segment,
        AdamOptions options, StepState state)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int count = checked((int)parameters.Count);
        View<T> w = new(parameters, count), m = new(first, count), v = new(second, count), g = new(gradients, count);
        T lr = Real<T>(state.LearningRate) * Real<T>(segment.LearningRateMultiplier);
        T decay = Real<T>(options.WeightDecay) * Real<T>(segment.DecayMultiplier);
        T beta1 = Real<T>(options.Beta1), beta2 = Real<T>(options.Beta2), epsilon = Real<T>(options.Epsilon);
        T c1 = Real<T>(state.AdamCorrection1), c2 = Real<T>(state.AdamCorrection2);
        for (int i = (int)segment.Offset; i < segment.Offset + segment.Count; i++)
        {
            m[i] = beta1 * m[i] + (T.One - beta1) * g[i];
            v[i] = beta2 * v[i] + (T.One - beta2) * g[i] * g[i];
            w[i] = w[i] - lr * decay * w[i] - lr * (m[i] / c1) / (T.Sqrt(v[i] / c2) + epsilon);
        }
    }
}
