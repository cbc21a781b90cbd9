// target compute_70
// Adam with decoupled weight decay over all parameters in one launch. Twins: Layers/Adam.cs.
//
//   m = beta1*m + (1-beta1)*g;  v = beta2*v + (1-beta2)*g^2;  w -= lr*decay*w + lr*(m/c1)/(sqrt(v/c2) + epsilon)
//
// Arenas w, m, v, g [P]; c1, c2 and lr from the step's state; grid row y walks segment y.
#include "common.cuh"

struct AdamOptions { float Beta1, Beta2, Epsilon, WeightDecay; };

extern "C" __global__ void adam_update_v1(float* __restrict__ w, float* __restrict__ m, float* __restrict__ v, const float* __restrict__ g,
    const ParameterSegment* __restrict__ segments, AdamOptions options, const StepState* __restrict__ state)
{
    ParameterSegment segment = segments[blockIdx.y];
    float lr = state->LearningRate * segment.LearningRateMultiplier, decay = options.WeightDecay * segment.DecayMultiplier;
    #pragma unroll 1
    for (long long k = blockIdx.x * (long long)blockDim.x + threadIdx.x; k < segment.Count; k += (long long)gridDim.x * blockDim.x)
    {
        long long i = segment.Offset + k;
        float first = options.Beta1 * m[i] + (1 - options.Beta1) * g[i], second = options.Beta2 * v[i] + (1 - options.Beta2) * g[i] * g[i];
        m[i] = first;
        v[i] = second;
        w[i] -= lr * decay * w[i] + lr * (first / state->AdamCorrection1) / (sqrtf(second / state->AdamCorrection2) + options.Epsilon);
    }
}
