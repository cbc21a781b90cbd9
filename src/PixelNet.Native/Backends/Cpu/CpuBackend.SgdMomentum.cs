using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Cpu;

// SgdMomentum (Caffe's form): V = momentum*V + lr*(g + decay*w); w -= V, segment by segment of the flat arenas.
public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public void SgdMomentumUpdate(Tensor w, Tensor velocity, Tensor g, IReadOnlyList<ParameterSegment> segments, in SgdMomentumOptions options, Tensor stepState)
    {
        var state = (StepState*)Bytes(stepState);
        for (int i = 0; i < segments.Count; i++)
        {
            var segment = segments[i];
            long end = segment.Offset + segment.Count;
            var job = new OptimizerJob
            {
                W = Floats(w, end) + segment.Offset,
                First = Floats(velocity, end) + segment.Offset,
                G = Floats(g, end) + segment.Offset,
                Count = segment.Count,
                Beta1 = options.Momentum,
                Rate = state->LearningRate * segment.LearningRateMultiplier,
                Decay = options.WeightDecay * segment.DecayMultiplier,
            };
            _pool.Run(&OptimizerJob.RunSgdMomentum, &job, job.Chunks);
        }
    }
}
