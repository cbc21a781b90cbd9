using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Cpu;

// Adam with decoupled decay: m, v, w -= lr*decay*w + lr*(m/c1)/(sqrt(v/c2) + epsilon), segment by segment of the flat arenas.
public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public void AdamUpdate(Tensor w, Tensor m, Tensor v, Tensor g, IReadOnlyList<ParameterSegment> segments, in AdamOptions options, Tensor stepState)
    {
        var state = (StepState*)Bytes(stepState);
        for (int i = 0; i < segments.Count; i++)
        {
            var segment = segments[i];
            long end = segment.Offset + segment.Count;
            float rate = state->LearningRate * segment.LearningRateMultiplier;
            var job = new OptimizerJob
            {
                W = Floats(w, end) + segment.Offset,
                First = Floats(m, end) + segment.Offset,
                Second = Floats(v, end) + segment.Offset,
                G = Floats(g, end) + segment.Offset,
                Count = segment.Count,
                Beta1 = options.Beta1,
                Beta2 = options.Beta2,
                Rate = rate,
                Decay = rate * options.WeightDecay * segment.DecayMultiplier,
                Correction1 = 1 / state->AdamCorrection1,
                Correction2 = 1 / state->AdamCorrection2,
                Epsilon = options.Epsilon,
            };
            _pool.Run(&OptimizerJob.RunAdam, &job, job.Chunks);
        }
    }
}
