// target compute_70
// Momentum SGD in Caffe's form over all parameters in one launch: V = momentum*V + lr*(g + decay*w); w -= V. Twins: Layers/SgdMomentum.cs.
//
// Arenas w, velocity, g [P]; grid row y walks segment y, whose multipliers scale the step's learning rate and the decay.
#include "common.cuh"

extern "C" __global__ void sgd_momentum_update_v1(float* __restrict__ w, float* __restrict__ velocity, const float* __restrict__ g,
    const ParameterSegment* __restrict__ segments, float momentum, float weightDecay, const StepState* __restrict__ state)
{
    ParameterSegment segment = segments[blockIdx.y];
    float lr = state->LearningRate * segment.LearningRateMultiplier, decay = weightDecay * segment.DecayMultiplier;
    #pragma unroll 1
    for (long long k = blockIdx.x * (long long)blockDim.x + threadIdx.x; k < segment.Count; k += (long long)gridDim.x * blockDim.x)
    {
        long long i = segment.Offset + k;
        float v = momentum * velocity[i] + lr * (g[i] + decay * w[i]);
        velocity[i] = v;
        w[i] -= v;
    }
}
